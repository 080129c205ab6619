"""Ends of claims at once: a verdict against the clock, a hand-in against the client. Each with its
control."""

import datetime as dt

import pytest

from accounts.selectors.actors import of_staff
from marketplace.ops import proof
from payments.models import Earning, Reservation
from tasks.actions import calling_off, overdue, reviews, submissions
from tasks.models import Assignment
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.races import Gate, at_once, codes, times, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
WHY = "The study was stopped."


def overdue_in_review(number=1):
    """Answers whose time is over while a reviewer has them in hand."""
    who, person = work.expert(), people.staff()
    work.project(tasks=number, fund=number * 1000)
    held = []
    for _ in range(number):
        submission = work.submit(work.claim(who))
        held.append(reviews.claim(submission_id=submission.pk, by=of_staff(person), user=person))
    for row in Assignment.objects.all():
        back = dt.timedelta(hours=72)
        Assignment.objects.filter(pk=row.pk).update(
            submitted_at=row.submitted_at - back, accept_at=row.accept_at - back
        )
    return held, person


def reject(held, person):
    return reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict="reject",
        category="wrong",
        text=work.REASON,
        by=of_staff(person),
    )


def sweep():
    return overdue.accept_overdue(by=work.BY)


def test_a_verdict_racing_the_clock_leaves_one_end():
    """Scenario 18: a rejection races the acceptance of an overdue review."""
    held, person = overdue_in_review(5)
    ends = set()
    for one in held:
        values(at_once(lambda one=one: reject(one, person), sweep))
    for row in Assignment.objects.all():
        paid = Earning.objects.filter(source=row.holder).count()
        promise = Reservation.objects.get(holder=row.holder).state
        ends.add((row.state, row.timed_out, paid, promise))
    assert ends <= {("accepted", True, 1, "spent"), ("rejected", False, 0, "held")}
    assert proof.run() == []


def test_two_sweeps_at_once_accept_each_answer_once():
    overdue_in_review(5)
    accepted = values(times(4, sweep))
    assert sum(accepted) + sweep() == 5
    assert Earning.objects.count() == 5


def test_control_without_locks_a_rejected_answer_is_accepted(monkeypatch):
    (held,), person = overdue_in_review()
    read, gate = Gate(2), Gate(2)
    accept_many = overdue.verdicts.accept_many

    def after_the_verdict(rows, **kwargs):
        read.wait()  # the sweep has read what is overdue: now the verdict comes in between
        gate.wait()
        accept_many(rows, **kwargs)

    def no_lock(self, *args, **kwargs):
        return self

    def verdict():
        read.wait()
        review = reject(held, person)
        gate.wait()
        return review

    monkeypatch.setattr(overdue.verdicts, "accept_many", after_the_verdict)
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", no_lock)
    judged, swept = at_once(
        verdict, lambda: overdue._accept([Assignment.objects.get().pk], work.BY)
    )
    assert judged.value.verdict == "reject"
    # the guard of the set-based update is what is left: the sweep finds fewer rows than it had read
    assert isinstance(swept.error, RuntimeError)
    assert Assignment.objects.get().state == "rejected"


def cancel_and_end(project):
    def run():
        calling_off.cancel(project_id=project.pk, reason=WHY, by=work.BY)
        return calling_off.end_claims(project_id=project.pk, by=work.BY)

    return run


def test_a_hand_in_racing_a_cancellation_has_exactly_one_outcome():
    ends = set()
    for _ in range(6):
        project = work.project()
        row = work.claim(work.expert(), project_id=project.pk)
        handed, _ended = at_once(lambda row=row: work.submit(row), cancel_and_end(project))
        calling_off.end_claims(project_id=project.pk, by=work.BY)
        row.refresh_from_db()
        paid = list(Earning.objects.filter(source=row.holder).values_list("kind", flat=True))
        promise = Reservation.objects.get(holder=row.holder).state
        end = (row.state, row.submissions.count(), row.late.count(), paid, promise)
        assert end in [
            ("submitted", 1, 0, [], "held"),
            ("cancelled", 0, 1, ["kill_fee"], "spent"),
        ]
        if row.state == "cancelled":
            assert handed.error.code == "called_off"
        ends.add(row.state)
    assert ends
    assert proof.run() == []


def test_a_claim_cancelled_first_keeps_the_text_of_the_hand_in_that_waited(monkeypatch):
    """The hand-in waits for the row; what it then finds is over."""
    project = work.project()
    row = work.claim(work.expert())
    gate = Gate(2)
    accrue_all = calling_off.earnings.accrue_all

    def slowly(*args, **kwargs):
        gate.wait()
        return accrue_all(*args, **kwargs)

    monkeypatch.setattr(calling_off.earnings, "accrue_all", slowly)

    def hand_in():
        gate.wait()
        return work.submit(row)

    outcomes = at_once(hand_in, cancel_and_end(project))
    assert codes(outcomes) == ["called_off"]
    row.refresh_from_db()
    assert (row.state, row.late.get().answer) == ("cancelled", work.RIGHT)


def test_two_jobs_at_once_pay_each_claim_once():
    crowd = [work.expert() for _ in range(6)]
    project = work.project(tasks=6)
    for who in crowd:
        work.claim(who)
    calling_off.cancel(project_id=project.pk, reason=WHY, by=work.BY)
    ended = values(times(4, lambda: calling_off.end_claims(project_id=project.pk, by=work.BY)))
    assert sum(ended) + calling_off.end_claims(project_id=project.pk, by=work.BY) == 6
    assert Earning.objects.filter(kind="kill_fee").count() == 6
    assert proof.run() == []


def test_control_without_locks_an_answer_is_handed_in_and_its_kill_fee_paid(monkeypatch):
    project = work.project()
    row = work.claim(work.expert())
    calling_off.cancel(project_id=project.pk, reason=WHY, by=work.BY)
    read, written = Gate(2), Gate(2)
    accrue_all = calling_off.earnings.accrue_all

    def unlocked(assignment_id, *args, **kwargs):
        found = Assignment.objects.select_related("task", "project", "annotator").get(
            pk=assignment_id
        )
        read.wait()
        written.wait()
        return found

    def after_the_read(*args, **kwargs):
        read.wait()
        return accrue_all(*args, **kwargs)

    def end():
        done = calling_off.end_claims(project_id=project.pk, by=work.BY)
        written.wait()
        return done

    monkeypatch.setattr(submissions, "lock_own", unlocked)
    monkeypatch.setattr(calling_off.earnings, "accrue_all", after_the_read)
    values(at_once(lambda: work.submit(row), end))
    row.refresh_from_db()
    assert (row.state, row.submissions.count()) == ("submitted", 1)
    assert Earning.objects.get().kind == "kill_fee"  # and its answer waits, for money that is gone
