"""Thousands of approvals at once: each answer is accepted once, whatever happens meanwhile."""

import pytest
from django.db import IntegrityError

from accounts.selectors.actors import of_staff
from payments.models import Earning, Reservation
from tasks.actions import approvals, reviews, verdicts
from tasks.models import Assignment, BulkApprovalItem, Submission
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.many import handed_in
from tests.support.races import at_once, values

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("audited"),
]


class Killed(BaseException):
    """The job's process dies here."""


def ask(project):
    ids = list(Submission.objects.order_by("pk").values_list("pk", flat=True))
    return approvals.ask(project_id=project.pk, submission_ids=ids, by=work.BY)


def run(row):
    return approvals.run(approval_id=row.pk, by=work.BY, seconds=600)


def killed_at(monkeypatch, batch):
    """Let the process die in the middle of that batch, after the answers moved and before the
    money is booked."""
    seen = []
    accrue_all = verdicts.earnings.accrue_all

    def dying(*args, **kwargs):
        seen.append(1)
        if len(seen) == batch:
            raise Killed
        return accrue_all(*args, **kwargs)

    monkeypatch.setattr(verdicts.earnings, "accrue_all", dying)


def settled(number):
    """Every answer accepted and paid once; nothing promised is left or spent twice."""
    assert Assignment.objects.filter(state="accepted").count() == number
    assert Earning.objects.count() == number
    assert Reservation.objects.filter(state="spent").count() == number


@pytest.mark.parametrize("number", [600, pytest.param(10_000, marks=pytest.mark.slow)])
def test_many_are_accepted_once_each(number, monkeypatch):
    """A job that is killed half-way, run again by two at once beside a second call for the same
    answers, and a reviewer who takes one of them."""
    project = handed_in(number)
    first, second = ask(project), ask(project)
    killed_at(monkeypatch, number // 200 + 1)
    with pytest.raises(Killed):
        run(first)
    monkeypatch.undo()
    half = BulkApprovalItem.objects.filter(approval=first, state="done").count()
    assert half == number // 200 * 100 == Earning.objects.count()
    person = people.staff()
    last = Submission.objects.order_by("pk").last()
    held = reviews.claim(submission_id=last.pk, by=of_staff(person), user=person)

    def review():
        return reviews.decide(
            review_assignment_id=held.pk, fence=held.fence, verdict="accept", by=of_staff(person)
        )

    calls = [lambda: run(first), lambda: run(first), lambda: run(second), review]
    values(at_once(*calls))
    settled(number)
    done = BulkApprovalItem.objects.filter(state="done").values_list("submission", flat=True)
    assert len(done) == len(set(done)) in (number - 1, number)
    assert not BulkApprovalItem.objects.filter(state="waiting").exists()


def test_control_without_the_question_only_postgresql_stands_against_a_second_acceptance(
    monkeypatch,
):
    project = handed_in(100)
    first, second = ask(project), ask(project)
    monkeypatch.setattr(approvals, "_refusals", lambda *_: {})
    assert run(first) == 100
    with pytest.raises(IntegrityError, match="tasks_bulk_approval_done_once"):
        run(second)
    settled(100)
