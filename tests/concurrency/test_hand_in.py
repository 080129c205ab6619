"""Hand-ins at once: one row, one outcome, one result. Each with its control."""

import datetime as dt
import time

import pytest
from django.db import IntegrityError

from accounts.selectors.actors import of_staff
from marketplace.core import clock
from marketplace.core.models import AuditEntry
from payments.models import Reservation
from tasks.actions import checks, expiry, reviews, submissions, weighing
from tasks.models import Assignment, Project, Result, ReviewAssignment, Submission, Task
from tasks.selectors import review_queue
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.races import Gate, at_once, codes, times, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def unlocked(gate):
    """The row read without its lock, and everybody waiting until all have read."""

    def read(assignment_id, *args, **kwargs):
        row = Assignment.objects.select_related("task", "project", "annotator").get(
            pk=assignment_id
        )
        gate.wait()
        return row

    return read


def test_the_same_answer_at_once_is_one_submission_and_one_reply():
    who = work.expert()
    work.project(tasks=1)
    row = work.claim(who)
    outcomes = times(8, lambda: work.submit(row))
    assert len({submission.pk for submission in values(outcomes)}) == 1
    assert len(values(outcomes)) == 8
    assert Submission.objects.count() == 1


def test_different_answers_at_once_give_one_submission():
    who = work.expert()
    work.project(tasks=1)
    row = work.claim(who)
    outcomes = at_once(lambda: work.submit(row, work.RIGHT), lambda: work.submit(row, work.WRONG))
    assert len(values(outcomes)) == 1
    assert codes(outcomes) == ["already_submitted"]
    assert Submission.objects.count() == 1


def test_control_without_the_lock_two_hand_ins_collide(monkeypatch):
    who = work.expert()
    work.project(tasks=1)
    row = work.claim(who)
    monkeypatch.setattr(submissions, "lock_own", unlocked(Gate(2)))
    counted, digest = Gate(2), submissions.digest

    def both_have_counted(answer):
        counted.wait()  # the number of the version is taken before the answer's digest
        return digest(answer)

    monkeypatch.setattr(submissions, "digest", both_have_counted)
    outcomes = times(2, lambda: work.submit(row))
    assert [type(o.error) for o in outcomes if o.error] == [IntegrityError]


def end_at(row, moment):
    Assignment.objects.filter(pk=row.pk).update(leased_until=moment)


def sleep_until(moment):
    time.sleep(max(0, (moment - clock.now()).total_seconds()))


def patient(project):
    """Its tasks run out as often as a test needs before staff look at them."""
    Project.objects.filter(pk=project.pk).update(setbacks_allowed=1000)


def test_a_hand_in_racing_its_expiry_has_exactly_one_outcome_and_keeps_the_text():
    who = work.expert()
    offsets = (-300, -80, -50, -40, -30, -25, -20, -15, -10, -5, 0, 10)
    patient(work.project(tasks=len(offsets)))
    ends = set()
    for milliseconds in offsets:
        row = work.claim(who)
        deadline = clock.now() + dt.timedelta(seconds=0.5)
        end_at(row, deadline)
        start = deadline + dt.timedelta(milliseconds=milliseconds)

        def hand_in(row=row, start=start):
            sleep_until(start)
            return work.submit(row)

        def expire(row=row, deadline=deadline):
            sleep_until(deadline)
            return expiry.expire_assignments(by=work.BY)

        handed, expired = at_once(hand_in, expire)
        if Assignment.objects.get(pk=row.pk).state == "claimed":  # the sweep passed a locked row by
            expiry.expire_assignments(by=work.BY)
        row.refresh_from_db()
        task = Task.objects.get(pk=row.task_id)
        kept = (row.submissions.count(), row.late.count())
        assert (row.state, task.state, *kept) in {
            ("submitted", "filled", 1, 0),
            ("expired", "open", 0, 1),
        }
        if row.state == "submitted":
            assert (handed.value.answer, expired.value) == (work.RIGHT, 0)
            work.review(handed.value)
        else:
            assert handed.error.code == "too_late"
            assert row.late.get().answer == work.RIGHT
        ends.add(row.state)
    assert ends == {"submitted", "expired"}


def meet_in_the_sweep(monkeypatch, gate):
    """The sweep goes on only when everybody has read the claim."""
    reopen_many = expiry.slots.reopen_many

    def slowly(*args, **kwargs):
        gate.wait()
        reopen_many(*args, **kwargs)

    monkeypatch.setattr(expiry.slots, "reopen_many", slowly)


def test_control_without_locks_an_answer_is_handed_in_and_expired(monkeypatch):
    who = work.expert()
    work.project(tasks=1)
    row = work.claim(who)
    gate = Gate(2)
    monkeypatch.setattr(submissions, "lock_own", unlocked(gate))
    monkeypatch.setattr(submissions, "is_over", lambda _: False)
    meet_in_the_sweep(monkeypatch, gate)
    end_at(row, clock.now())
    values(at_once(lambda: work.submit(row), lambda: expiry.expire_assignments(by=work.BY)))
    row.refresh_from_db()
    assert (row.state, row.submissions.count()) == ("submitted", 1)
    assert Task.objects.get().state == "open"  # its slot is handed out again
    assert Reservation.objects.get().state == "released"  # and its money gone


def two_submitted():
    first, second = work.expert(), work.expert()
    work.project(tasks=1, overlap=2, review_percent=0)
    return [work.submit(work.claim(who)) for who in (first, second)]


def test_two_last_answers_at_once_conclude_the_task_once():
    for _ in range(10):
        pair = two_submitted()
        task_id = pair[0].task_id

        def finish(submission, task_id=task_id):
            checks.check(submission_id=submission.pk, by=work.BY)
            return weighing.weigh(task_id=task_id, by=work.BY)

        outcomes = at_once(*[lambda s=s: finish(s) for s in pair])
        assert [o for o in values(outcomes) if o is not None] == [Result.objects.get(task=task_id)]
        assert Task.objects.get(pk=task_id).state == "concluded"


def test_control_without_the_tasks_lock_the_second_conclusion_collides(monkeypatch):
    pair = two_submitted()
    for submission in pair:
        checks.check(submission_id=submission.pk, by=work.BY)
    gate = Gate(2)
    answers = weighing.standing_answers

    def slowly(task):
        found = answers(task)
        gate.wait()
        return found

    def no_lock(self, *args, **kwargs):
        return self

    monkeypatch.setattr(weighing, "standing_answers", slowly)
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", no_lock)
    outcomes = times(2, lambda: weighing.weigh(task_id=pair[0].task_id, by=work.BY))
    assert [type(o.error) for o in outcomes if o.error] == [IntegrityError]


def tied():
    """Two accepted answers that differ, in a project that allows a third."""
    first, second = work.expert(), work.expert()
    work.project(tasks=1, overlap=2, max_overlap=3, review_percent=0)
    for who, answer in ((first, work.RIGHT), (second, work.WRONG)):
        work.check(work.submit(work.claim(who), answer))
    return Task.objects.get()


def test_a_task_weighed_twice_at_once_is_asked_for_once_more():
    task = tied()
    values(times(4, lambda: weighing.weigh(task_id=task.pk, by=work.BY)))
    task.refresh_from_db()
    assert (task.state, task.overlap, task.open_slots) == ("open", 3, 1)
    assert AuditEntry.objects.filter(verb="asked_once_more").count() == 1


def test_control_without_the_tasks_lock_it_is_asked_for_twice(monkeypatch):
    task = tied()
    gate = Gate(2)
    answers = weighing.standing_answers

    def slowly(task):
        found = answers(task)
        gate.wait()
        return found

    def no_lock(self, *args, **kwargs):
        return self

    monkeypatch.setattr(weighing, "standing_answers", slowly)
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", no_lock)
    values(times(2, lambda: weighing.weigh(task_id=task.pk, by=work.BY)))
    assert AuditEntry.objects.filter(verb="asked_once_more").count() == 2


def test_two_reviewers_at_once_get_different_submissions():
    first, second = work.expert(), work.expert()
    work.project(tasks=2)
    for who in (first, second):
        work.submit(work.claim(who))
    held = values(at_once(*[work.claim_review] * 2))
    assert len({row.submission_id for row in held}) == 2


def nine_submitted():
    who = work.expert()
    work.project(tasks=9)
    for _ in range(9):
        work.submit(work.claim(who))
    return people.staff()


def test_one_reviewer_asking_at_once_holds_five_at_most():
    person = nine_submitted()
    held = values(times(8, lambda: work.claim_review(person)))
    assert len(held) == 8
    assert ReviewAssignment.objects.filter(reviewer=person, state="claimed").count() == 5


def test_control_without_the_lock_a_reviewer_holds_more_than_five(monkeypatch):
    person = nine_submitted()
    for _ in range(4):
        work.claim_review(person)
    gate = Gate(4)

    def counted_at_once(user):
        assert review_queue.open_for(user).count() == 4
        gate.wait()

    monkeypatch.setattr(reviews, "_below_cap", counted_at_once)
    waiting = list(Submission.objects.exclude(review_assignments__state="claimed")[:4])
    calls = [
        lambda s=s: reviews.claim(submission_id=s.pk, by=of_staff(person), user=person)
        for s in waiting
    ]
    values(at_once(*calls))
    assert ReviewAssignment.objects.filter(reviewer=person, state="claimed").count() == 8
