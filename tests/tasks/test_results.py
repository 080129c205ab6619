"""Results: majority with its share, ties to adjudication, the rest from the closest answer."""

from decimal import Decimal

import pytest

from accounts.selectors.actors import of_staff
from marketplace.core.errors import NotFound, Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from tasks.actions import adjudication, results, weighing
from tasks.actions.consensus import agree
from tasks.interface.spec import Interface
from tasks.models import Adjudication, Result, Task
from tasks.selectors import disputes
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db
SHAPE = {
    "version": 1,
    "title": "All kinds",
    "fields": [{"name": "text", "type": "text"}],
    "questions": [
        {"name": "good", "type": "choice", "required": True, "options": ["yes", "no"]},
        {"name": "kinds", "type": "multi", "options": ["a", "b", "c"]},
        {"name": "stars", "type": "rating", "required": True, "min": 1, "max": 5},
        {"name": "note", "type": "text"},
    ],
}


def outcome(*answers):
    return agree(Interface.parse(SHAPE), answers, {})


def test_one_answer_is_the_result_and_its_confidence_is_unknown():
    only = {"good": "yes", "stars": 4}
    agreed = outcome(only)
    assert (agreed.answer, agreed.source, agreed.confidence) == (only, "submission", None)


def test_the_majority_wins_with_the_share_of_its_least_sure_question():
    agreed = outcome(
        {"good": "yes", "stars": 4, "kinds": ["a"], "note": "first"},
        {"good": "yes", "stars": 4, "kinds": ["b", "a"]},
        {"good": "no", "stars": 4, "kinds": ["a", "c"], "note": "third"},
    )
    assert agreed.answer == {"good": "yes", "kinds": ["a"], "stars": 4, "note": "first"}
    assert (agreed.source, agreed.confidence) == ("majority", Decimal("0.6667"))
    assert agreed.details["good"] == {
        "share": 0.6667,
        "voters": 3,
        "votes": {'"yes"': 2, '"no"': 1},
    }
    assert agreed.disputed == []


def test_what_cannot_be_counted_comes_from_the_closest_answer_that_has_it():
    agreed = outcome(
        {"good": "no", "stars": 2, "note": "far"},
        {"good": "yes", "stars": 5},
        {"good": "yes", "stars": 5, "note": "near"},
    )
    assert agreed.answer["note"] == "near"


def test_a_tie_on_a_required_question_is_a_dispute():
    agreed = outcome({"good": "yes", "stars": 4}, {"good": "no", "stars": 4})
    assert agreed.disputed == ["good"]


def test_a_tie_on_an_optional_question_leaves_it_out():
    agreed = outcome(
        {"good": "yes", "stars": 4, "kinds": ["a"]}, {"good": "yes", "stars": 4, "kinds": ["b"]}
    )
    assert (agreed.disputed, agreed.answer) == ([], {"good": "yes", "stars": 4})
    assert agreed.details["kinds"]["share"] == 0.5
    assert agreed.confidence == Decimal("1.0000")


def test_leaving_an_optional_question_out_is_a_vote():
    plain = {"good": "yes", "stars": 4}
    agreed = outcome(plain, plain, {**plain, "kinds": ["a"]})
    assert "kinds" not in agreed.answer


def test_a_question_that_the_outcome_hides_is_not_asked():
    interface = Interface.parse(work.INTERFACE)
    agreed = agree(interface, [work.RIGHT, work.RIGHT, work.WRONG], {})
    assert agreed.answer == work.RIGHT
    assert list(agreed.details) == ["verdict"]
    agreed = agree(interface, [work.WRONG, work.WRONG, work.RIGHT], {})
    assert agreed.answer == work.WRONG
    assert agreed.details["fault"]["voters"] == 2


def chosen(**bounds):
    """An interface that asks for one set of kinds."""
    kinds = {"name": "kinds", "type": "multi", "options": ["a", "b", "c"], **bounds}
    return {**SHAPE, "fields": work.INTERFACE["fields"], "questions": [kinds]}


@pytest.mark.parametrize(
    ("bounds", "votes"),
    [
        ({"required": True}, (["a"], ["b"], ["c"])),
        ({"max_choices": 2}, (["a", "b"], ["b", "c"], ["a", "c"])),
    ],
)
def test_a_set_that_nobody_could_have_handed_in_is_disputed(bounds, votes):
    task, _crowd = answered(*({"kinds": vote} for vote in votes), interface=chosen(**bounds))
    assert weighing.weigh(task_id=task.pk, by=work.BY) is None
    task.refresh_from_db()
    assert (task.state, Result.objects.count()) == ("disputed", 0)
    entry = AuditEntry.objects.get(verb="disputed")
    assert entry.data == {"questions": ["kinds"], "why": results.FORBIDDEN}


def test_what_a_minority_says_most_often_is_disputed():
    ratings = {"name": "one", "type": "choice", "required": True, "options": ["a", "b", "c", "d"]}
    shape = {**chosen(), "questions": [ratings]}
    task, _crowd = answered(*({"one": vote} for vote in "aabcd"), interface=shape)
    assert weighing.weigh(task_id=task.pk, by=work.BY) is None
    assert AuditEntry.objects.get(verb="disputed").data == {
        "questions": ["one"],
        "why": results.TIED,
    }


def answered(*answers, **other):
    crowd = [work.expert() for _ in answers]
    work.project(tasks=1, overlap=len(answers), review_percent=0, **other)
    for who, answer in zip(crowd, answers, strict=True):
        work.check(work.submit(work.claim(who), answer))
    return Task.objects.get(), crowd


def test_a_task_is_concluded_when_every_slot_is_accepted_and_not_before():
    crowd = [work.expert() for _ in range(3)]
    work.project(tasks=1, overlap=3, review_percent=0)
    task = Task.objects.get()
    for n, who in enumerate(crowd):
        work.check(work.submit(work.claim(who), work.WRONG if n == 2 else work.RIGHT))
        result = weighing.weigh(task_id=task.pk, by=work.BY)
        assert (result is None) == (n < 2)
    task.refresh_from_db()
    assert task.state == "concluded"
    assert (result.answer, result.source, result.submissions) == (work.RIGHT, "majority", 3)
    assert (result.confidence, result.calibrated) == (Decimal("0.6667"), False)
    assert weighing.weigh(task_id=task.pk, by=work.BY) is None
    assert weighing.weigh(task_id=people.user().pk, by=work.BY) is None


def disputed():
    task, crowd = answered(work.RIGHT, work.WRONG)
    assert weighing.weigh(task_id=task.pk, by=work.BY) is None
    task.refresh_from_db()
    assert task.state == "disputed"
    return task, crowd


def decide(task, person, answer=None, reason="The loop is right: tried with n = 0."):
    return adjudication.decide(
        task_id=task.pk,
        answer=answer or work.RIGHT,
        reason=reason,
        by=of_staff(person),
        user=person,
    )


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def test_a_dispute_waits_for_an_adjudicator_who_concludes_it():
    task, _crowd = disputed()
    assert list(disputes.waiting()) == [task]
    page = disputes.page(task.pk)
    assert [one.submission.answer for one in page.answers] == [work.RIGHT, work.WRONG]
    person = people.staff()
    result = decide(task, person)
    assert (result.source, result.confidence, result.submissions) == ("adjudication", None, 2)
    assert Adjudication.objects.get().decided_by == person
    assert disputes.waiting_count() == 0
    assert refusal(decide, task, people.staff()).code == "wrong_state"
    assert Result.objects.count() == 1


def test_a_dispute_is_not_decided_by_whoever_answered_or_reviewed():
    author, other = work.expert(person=people.staff()), work.expert()
    reviewer = people.staff()
    work.project(tasks=1, overlap=2)
    for who, answer in ((author, work.RIGHT), (other, work.WRONG)):
        work.review(work.submit(work.claim(who), answer), staff=reviewer)
    task = Task.objects.get()
    weighing.weigh(task_id=task.pk, by=work.BY)
    for person in (author.user, reviewer):
        error = refusal(decide, task, person)
        assert (error.code, error.status) == ("own_work", 403)
    assert decide(task, people.staff()).source == "adjudication"


def test_a_decision_needs_a_reason_and_an_allowed_answer():
    task, _crowd = disputed()
    error = refusal(decide, task, people.staff(), answer={"verdict": "x"}, reason=" ")
    assert [f.pointer for f in error.faults] == ["/answer/verdict", "/answer/why", "/reason"]
    person = people.staff()
    error = refusal(
        adjudication.decide,
        task_id=task.pk,
        answer=work.RIGHT,
        reason="x",
        by=work.BY,
        user=person,
    )
    assert error.code == "not_allowed"
    with pytest.raises(NotFound):
        disputes.page(person.pk)


def test_a_task_whose_conclusion_was_never_promised_is_found():
    who = work.expert()
    work.project()
    submission = work.submit(work.claim(who))
    work.review(submission)
    OutboxMessage.objects.all().delete()
    assert weighing.weigh_overdue() == 1
    work.run_jobs("tasks.weigh_task")
    assert Result.objects.get().task_id == submission.task_id
    assert weighing.weigh_overdue() == 0
