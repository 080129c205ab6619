"""What experts hand in and reviewers say: valid, repeatable, as able as the people are."""

import dataclasses
from collections import Counter

import pytest
from django.http import QueryDict

from marketplace.ops.demo.accuracy import accuracy_of_results
from marketplace.ops.demo.answers import HASTY_SHARE, STUBBORN_SHARE, attempt
from marketplace.ops.demo.dice import dice
from marketplace.ops.demo.filling import ENOUGH_CHARACTERS, fill, terse, wrong
from marketplace.ops.demo.judging import adjudicated, judge
from marketplace.ops.demo.people import experts, reviewers
from marketplace.ops.demo.posting import form_fields
from marketplace.ops.demo.sources.base import DemoItem
from tasks.interface.form import answer_form, form_answer
from tasks.interface.spec import Interface
from tasks.states import RejectionCategory, Verdict
from tests.ops.samples import FILES, own, shared

EVERY_TYPE = {
    "version": 1,
    "fields": [{"name": "t", "type": "text"}, {"name": "u", "type": "text", "required": False}],
    "questions": [
        {"name": "c", "type": "choice", "options": ["x", "y", "z"], "required": True},
        {"name": "hidden", "type": "text", "required": True,
         "show_if": {"question": "c", "in": ["x"]}, "min_length": 500, "max_length": 510},
        {"name": "deep", "type": "rating", "min": -2, "max": 2, "required": True,
         "show_if": {"question": "c", "in": ["y", "z"]}},
        {"name": "m", "type": "multi", "options": ["1", "2", "3", "4"], "min_choices": 2,
         "max_choices": 3, "required": True},
        {"name": "p", "type": "preference", "between": ["t", "u"], "strengths": 3, "tie": False},
        {"name": "r", "type": "ranking", "options": ["k", "l", "m"], "required": True},
        {"name": "short", "type": "text", "max_length": 12, "required": True},
        {"name": "code", "type": "text", "format": "code", "required": True},
        {"name": "s", "type": "spans", "field": "t", "labels": ["good", "bad"], "required": True},
        {"name": "empty", "type": "spans", "field": "u", "labels": ["good"]},
        {"name": "note", "type": "text"},
    ],
}  # fmt: skip
SPARE = Interface.parse(EVERY_TYPE)
ITEM = DemoItem("1", {"t": "Two 🩺 words, and  some\nmore é text.", "u": " "})


def test_every_type_of_question_is_answered_validly():
    seen: Counter[str] = Counter()
    for expert in experts(200, "law", 1):
        for number in (1, 2):
            answer = attempt(SPARE, ITEM, expert, 1, number).answer
            assert SPARE.check_answer(answer, ITEM.payload) == []
            seen.update(answer.keys())
    assert seen["c"] == seen["m"] == seen["r"] == seen["s"] == 400
    assert seen["hidden"] + seen["deep"] == 400
    assert 0 < seen["hidden"] < 400
    assert seen["p"] == 400, "what can be voted on is always answered: even numbers tie"
    assert 0 < seen["note"] < 400, "an optional text is sometimes skipped"
    assert seen["empty"] == 0, "nothing can be marked in an empty text"


@pytest.mark.parametrize("name", ["human_eval", "pubmedqa", "expertqa", "pandalm"])
def test_answers_to_the_committed_interfaces_are_valid(name):
    source = own(name)
    interface = Interface.parse(source.interface)
    for item in source.items:
        for expert in experts(50, source.domain, 2):
            for number in (1, 2):
                answer = attempt(interface, item, expert, 2, number).answer
                assert interface.check_answer(answer, item.payload) == []


@pytest.mark.parametrize("name", FILES)
def test_answers_to_the_shared_files_are_valid(name):
    source = shared(name)
    interface = Interface.parse(source.interface)
    for item in source.sample(60, seed=1):
        for expert in experts(8, source.domain, 1):
            assert (
                interface.check_answer(attempt(interface, item, expert, 1).answer, item.payload)
                == []
            )


def test_recorded_answers_are_replayed_in_turn():
    source = own("pandalm")
    interface = Interface.parse(source.interface)
    given = [
        attempt(interface, source.items[0], expert, 1).answer["preference"]
        for expert in experts(6, source.domain, 1)
    ]
    assert given == ["a", "tie", "b", "a", "tie", "b"]


def test_the_truth_is_told_as_often_as_the_expert_is_able():
    source = own("expertqa")
    interface = Interface.parse(source.interface)
    [expert] = experts(1, source.domain, 1)
    items = [dataclasses.replace(source.items[0], external_id=str(n)) for n in range(2000)]
    right = sum(
        attempt(interface, item, expert, 1).answer["field"] == "healthcare_medicine"
        for item in items
    )
    assert right / 2000 == pytest.approx(expert.ability, abs=0.03)


def test_a_wrong_reviewer_of_a_mutant_says_correct_and_names_no_fault():
    source = own("human_eval")
    interface = Interface.parse(source.interface)
    [expert] = experts(1, source.domain, 1)
    mistaken = dataclasses.replace(expert, ability=0.0)
    answer = attempt(interface, source.items[1], mistaken, 1).answer
    assert answer["verdict"] == "correct"
    assert answer.keys().isdisjoint({"fault", "severity"})
    sure = dataclasses.replace(expert, ability=1.0)
    answer = attempt(interface, source.items[1], sure, 1).answer
    assert (answer["verdict"], answer["fault"]) == ("incorrect", "constant")


def test_able_experts_agree_where_nobody_knows_the_truth():
    """Ratings drawn freely would tie in every other task, and each tie is a dispute."""
    source = own("human_eval")
    interface = Interface.parse(source.interface)
    able = [dataclasses.replace(one, ability=1.0) for one in experts(9, source.domain, 1)]
    given = [attempt(interface, source.items[0], one, 1).answer["confidence"] for one in able]
    assert len(set(given)) == 1
    unable = [dataclasses.replace(one, ability=0.0) for one in able]
    other = {attempt(interface, source.items[0], one, 1).answer["confidence"] for one in unable}
    assert other <= {given[0] - 1, given[0] + 1}


@pytest.mark.parametrize("name", ["human_eval", "pubmedqa", "expertqa", "pandalm"])
def test_a_posted_answer_arrives_as_it_was(name):
    source = own(name)
    interface = Interface.parse(source.interface)
    for item in source.items:
        for expert in experts(20, source.domain, 1):
            assert posted(interface, item, attempt(interface, item, expert, 1).answer)


def test_a_posted_answer_of_every_type_arrives_as_it_was():
    for expert in experts(60, "law", 1):
        assert posted(SPARE, ITEM, attempt(SPARE, ITEM, expert, 1).answer)


def posted(interface: Interface, item: DemoItem, answer: dict[str, object]) -> bool:
    """Whether the page's own form reads the posted fields as the same answer."""
    data = QueryDict(mutable=True)
    for field, value in form_fields(interface, answer):
        data.appendlist(field, value)
    form = answer_form(interface, item.payload, data=data)
    assert form.is_valid(), form.errors
    return form_answer(form) == answer


def test_answers_hang_on_the_seed_and_not_on_the_order():
    source = own("human_eval")
    interface = Interface.parse(source.interface)
    people = experts(5, source.domain, 1)
    forth = [attempt(interface, item, one, 1) for item in source.items for one in people]
    back = [
        attempt(interface, item, one, 1)
        for item in reversed(source.items)
        for one in reversed(people)
    ]
    assert forth == back[::-1]
    assert forth != [attempt(interface, item, one, 2) for item in source.items for one in people]


def test_a_correction_keeps_the_judgement_and_mostly_mends_the_text():
    source = own("expertqa")
    interface = Interface.parse(source.interface)
    items = [dataclasses.replace(source.items[0], external_id=str(n)) for n in range(2000)]
    [expert] = experts(1, source.domain, 1)
    first = [attempt(interface, item, expert, 1, 1).answer for item in items]
    second = [attempt(interface, item, expert, 1, 2).answer for item in items]
    assert [a["field"] for a in first] == [a["field"] for a in second]
    short = [len(a["note"]) < ENOUGH_CHARACTERS for a in first]
    still = [len(a["note"]) < ENOUGH_CHARACTERS for a in second]
    assert sum(short) / 2000 == pytest.approx(HASTY_SHARE, abs=0.03)
    assert sum(still) / sum(short) == pytest.approx(STUBBORN_SHARE, abs=0.08)
    assert all(before for before, after in zip(short, still, strict=True) if after)


def test_a_faster_expert_needs_less_time():
    source = own("expertqa")
    interface = Interface.parse(source.interface)
    [expert] = experts(1, source.domain, 1)
    slow = attempt(interface, source.items[0], dataclasses.replace(expert, speed=0.5), 1)
    fast = attempt(interface, source.items[0], dataclasses.replace(expert, speed=2.0), 1)
    characters = len(source.items[0].payload["question"])
    assert slow.seconds == round((characters / 25 + 4 * 12) / 0.5, 1)
    assert fast.seconds == pytest.approx(slow.seconds / 4, abs=0.1)


@pytest.mark.parametrize("name", ["c", "deep", "m", "p", "r"])
def test_a_wrong_answer_differs_and_is_valid(name):
    question = SPARE.question(name)
    for number in range(50):
        draw = dice(number)
        right = fill(question, ITEM.payload, draw)
        assert wrong(question, right, ITEM.payload, draw) != right
    if name == "deep":
        assert {wrong(question, 2, ITEM.payload, dice(n)) for n in range(20)} == {1}


def test_terse_texts_keep_the_bounds():
    for name in ("hidden", "short", "code"):
        question = SPARE.question(name)
        text = terse(question, dice(1))
        assert question.min_length <= len(text) <= question.max_length


def judged(
    name: str, index: int, ability: float, returns: int = 0, **changes: object
) -> Counter[str]:
    """Verdicts of 400 tasks by reviewers who reject half of the wrong answers."""
    source = own(name)
    interface = Interface.parse(source.interface)
    expert = dataclasses.replace(experts(1, source.domain, 1)[0], ability=ability)
    reviewer = dataclasses.replace(reviewers(1, 1)[0], strictness=0.5)
    verdicts: Counter[str] = Counter()
    for number in range(400):
        item = dataclasses.replace(source.items[index], external_id=str(number))
        answer = attempt(interface, item, expert, 1, 1).answer | changes
        given = judge(interface, item, answer, reviewer, seed=1, returns=returns)
        assert given == judge(interface, item, answer, reviewer, seed=1, returns=returns)
        assert given.verdict in Verdict.values
        assert given.category in ({""} if given.verdict == "accept" else RejectionCategory.values)
        assert len(given.text) >= 40
        verdicts[f"{given.verdict} {given.category}".strip()] += 1
    return verdicts


REASON = "The field follows from what is asked, and nothing else in it points elsewhere."


def test_right_answers_with_a_reason_are_accepted():
    assert judged("expertqa", 0, 1.0, note=REASON) == {"accept": 400}


def test_wrong_answers_are_rejected_by_strictness():
    verdicts = judged("expertqa", 0, 0.0, note=REASON)
    assert verdicts.keys() == {"accept", "reject wrong"}
    assert verdicts["accept"] == pytest.approx(200, abs=40)


def test_a_missing_reason_is_returned_once_and_then_rejected():
    assert judged("expertqa", 0, 1.0, note="Obvious, I think.") == {"return incomplete": 400}
    assert judged("expertqa", 0, 1.0, 1, note="Obvious, I think.") == {"reject guideline": 400}


def test_where_the_truth_is_unknown_only_the_reason_counts():
    assert judged("pandalm", 0, 0.0, rationale=REASON) == {"accept": 400}


def test_the_adjudicator_takes_the_answer_nearest_to_the_truth():
    source = own("human_eval")
    interface = Interface.parse(source.interface)
    wrong_one, half, right = (
        {"verdict": "correct"},
        {"verdict": "incorrect", "fault": "other"},
        {"verdict": "incorrect", "fault": "constant"},
    )
    item = source.items[1]
    assert adjudicated(interface, item, [wrong_one, half, right]) is right
    assert adjudicated(interface, item, [wrong_one, half]) is half
    unknown = dataclasses.replace(item, truth=None)
    assert adjudicated(interface, unknown, [wrong_one, right]) is wrong_one


def test_accuracy_counts_pairs_of_task_and_question():
    source = own("human_eval")
    interface = Interface.parse(source.interface)
    results = {"Own/0": {"verdict": "correct"}, "Own/1": {"verdict": "incorrect", "fault": "other"}}
    assert accuracy_of_results(interface, source.items, results) == 0.6667
    assert accuracy_of_results(interface, source.items, {}) == 0.0
    results["Own/1"]["fault"] = "constant"
    assert accuracy_of_results(interface, source.items, results) == 1.0
    assert accuracy_of_results(interface, own("pandalm").items, {}) is None


def test_chosen_options_are_a_set_and_a_ranking_is_not():
    item = DemoItem("1", ITEM.payload, truth={"m": ["1", "2"], "r": ["k", "l", "m"]})
    given = {"1": {"m": ["2", "1"], "r": ["l", "k", "m"]}}
    assert accuracy_of_results(SPARE, [item], given) == 0.5
