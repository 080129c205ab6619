"""Rankings and marked passages of several annotators become one, or a dispute; gold scores marks
word by word."""

from decimal import Decimal

import pytest

from marketplace.core.models import AuditEntry
from tasks.actions import intake, results, weighing
from tasks.models import GoldAnswer, QuestionModel, Result, Task
from tests.support import factories_gold as gold
from tests.support import factories_tasks as work
from tests.support.api import Api
from tests.tasks.test_weighing import PLAIN, measure

pytestmark = pytest.mark.django_db
TEXT = "The tenant, John Smith, pays the costs."
ORDER = {"name": "order", "type": "ranking", "required": True, "options": ["a", "b", "c"]}
MARKS = {
    "name": "marks",
    "type": "spans",
    "required": True,
    "field": "problem",
    "labels": ["party", "money"],
}


def asks(*questions):
    return {**PLAIN, "questions": list(questions)}


def marked(*words, label="party"):
    """Marks of these passages."""
    return [
        {"start": start, "end": start + len(one), "label": label, "text": one}
        for one in words
        for start in [TEXT.index(one)]
    ]


def weighed(*answers, interface, **other):
    """A task whose slots hold these accepted answers, weighed."""
    crowd = [work.expert() for _ in answers]
    project = work.project(
        tasks=0, overlap=len(answers), review_percent=0, interface=interface, **other
    )
    row = {"external_id": "one", "payload": {"problem": TEXT}}
    intake.post_tasks(project_id=project.pk, rows=[(0, row)], by=work.BY)
    for who, answer in zip(crowd, answers, strict=True):
        work.check(work.submit(work.claim(who), answer))
        weighing.weigh(task_id=Task.objects.get().pk, by=work.BY)
    return Task.objects.get()


def ranked(*orders, **other):
    return weighed(*({"order": [*one]} for one in orders), interface=asks(ORDER), **other)


def spanned(*marks, **other):
    return weighed(*({"marks": one} for one in marks), interface=asks(MARKS), **other)


def disputed(task, name):
    """In dispute for this question alone, for differing too much."""
    entry = AuditEntry.objects.get(verb="disputed")
    assert entry.data == {"questions": [name], "why": results.APART}
    return task.state == "disputed" and not Result.objects.exists()


def test_rankings_become_the_order_that_turns_the_fewest_pairs_round():
    ranked("abc", "abc", "bca")
    result = Result.objects.get()
    # a before b and a before c 2 of 3, b before c 3 of 3; Borda's count would put b first
    assert result.answer == {"order": ["a", "b", "c"]}
    assert (result.source, result.confidence) == ("majority", Decimal("0.7778"))
    assert result.calibrated is False
    assert result.details == {
        "order": {
            "share": 0.7778,
            "voters": 3,
            "w": 0.3333,  # sums of places 5, 5 and 8
            "votes": {'["a","b","c"]': 2, '["b","c","a"]': 1},
        }
    }


def test_nearly_alike_rankings_of_two_are_no_dispute():
    ranked("abc", "acb")
    assert Result.objects.get().answer == {"order": ["a", "b", "c"]}
    assert Result.objects.get().confidence == Decimal("0.8333")


def test_rankings_no_more_alike_than_by_chance_are_disputed():
    assert disputed(ranked("abc", "cba"), "order")


def test_a_circle_of_rankings_is_disputed():
    """Most put a before b, b before c, and c before a."""
    assert disputed(ranked("abc", "bca", "cab"), "order")


def test_a_small_majority_on_every_pair_is_enough():
    ranked("abc", "abc", "cba")
    assert Result.objects.get().confidence == Decimal("0.6667")


def test_apart_rankings_ask_once_more_where_the_plan_allows_it():
    task = ranked("abc", "cba", max_overlap=3)
    assert (task.state, task.overlap, task.open_slots) == ("open", 3, 1)
    assert AuditEntry.objects.get(verb="asked_once_more").data["why"] == results.APART


def test_marks_of_most_become_the_marks_of_the_result():
    spanned(marked("John Smith"), marked("tenant, John Smith"), marked("ohn Smith"))
    result = Result.objects.get()
    assert result.answer == {"marks": marked("John Smith")}
    # tenant and the comma 2 of 3 agree that they are no party, John and Smith 3 of 3
    assert result.confidence == Decimal("0.8333")
    assert result.details["marks"] == {
        "share": 0.8333,
        "voters": 3,
        "alike": 0.7778,  # (4/6 + 1 + 4/6) / 3
    }


def test_what_less_than_most_marked_is_left_out():
    spanned(marked("tenant, John"), marked("John Smith"), marked("John"))
    assert Result.objects.get().answer == {"marks": marked("John")}


def test_marks_of_two_who_have_less_than_half_in_common_are_disputed():
    assert disputed(spanned(marked("The tenant, John"), marked("John Smith, pays")), "marks")


def test_half_in_common_is_enough():
    spanned(marked("tenant", "costs"), marked("costs", "pays"))
    assert Result.objects.get().answer == {"marks": marked("costs")}
    assert Result.objects.get().confidence == Decimal("0.6667")


def test_marks_that_no_two_share_are_disputed():
    assert disputed(spanned(marked("tenant"), marked("John"), marked("costs")), "marks")


def test_a_single_answer_stays_as_it_was_handed_in():
    spanned(marked("ohn Smi"))
    result = Result.objects.get()
    assert (result.answer, result.source) == ({"marks": marked("ohn Smi")}, "submission")


def test_what_is_optional_and_tied_is_left_out():
    choice, order = PLAIN["questions"][0], {**ORDER, "required": False}
    marks = {**MARKS, "required": False}
    yes = {"verdict": "yes"}
    weighed(
        {**yes, "order": ["a", "b", "c"], "marks": marked("John")},
        yes,
        interface=asks(choice, order, marks),
    )
    result = Result.objects.get()
    assert (result.answer, result.confidence) == (yes, Decimal("1.0000"))
    assert result.details["order"]["share"] == result.details["marks"]["share"] == 0.5


def test_with_a_target_the_votes_are_weighed_and_the_rest_is_counted():
    interface = asks(PLAIN["questions"][0], ORDER)
    crowd = [work.expert() for _ in range(2)]
    other = {"review_percent": 0, "target_confidence": 0.8, "overlap": 2}
    project = work.project(tasks=2, interface=interface, **other)
    measure(project, *crowd, accept_from=0.5)
    for orders in ("aa", "ac"):
        for who, first in zip(crowd, orders, strict=True):
            order = ["a", "b", "c"] if first == "a" else ["c", "b", "a"]
            work.check(work.submit(work.claim(who), {"verdict": "yes", "order": order}))
    for task in Task.objects.all():
        weighing.weigh(task_id=task.pk, by=work.BY)
    result = Result.objects.get()
    assert result.answer == {"verdict": "yes", "order": ["a", "b", "c"]}
    # the chance is that of the vote alone
    assert (result.confidence, result.calibrated) == (Decimal("0.9194"), True)
    assert result.details["order"]["share"] == 1
    assert AuditEntry.objects.get(verb="disputed").data == {
        "questions": ["order"],
        "why": results.APART,
    }
    assert QuestionModel.objects.get().question == "verdict"


@pytest.mark.parametrize(("questions", "wrong"), [([ORDER], []), ([], ["/max_overlap"])])
def test_a_plan_may_ask_more_where_something_can_be_counted(questions, wrong):
    prose = {"name": "why", "type": "text", "required": True}
    fields = work.fields(interface=asks(*questions, prose), max_overlap=3)
    status, found = Api().post("/projects", fields)
    assert (status, [one["pointer"] for one in found.get("errors", [])]) == (
        (422, wrong) if wrong else (201, [])
    )


@pytest.mark.parametrize(("f1", "right"), [(0.66, True), (0.67, False)])
def test_gold_compares_marks_word_by_word(f1, right):
    who = work.expert()
    row = gold.row(0, known={"answer": {"marks": marked("John Smith")}})
    row["gold"]["tolerance"] = {"marks": {"f1": f1}}
    row["payload"] = {"problem": TEXT}
    made = work.project(tasks=1, interface=asks(MARKS))
    intake.post_tasks(project_id=made.pk, rows=[(0, row)], by=work.BY)
    claimed = work.claim(who)
    assert gold.kind(claimed) == "G"
    work.check(work.submit(claimed, {"marks": marked("Smith")}))
    assert GoldAnswer.objects.get().right is right
