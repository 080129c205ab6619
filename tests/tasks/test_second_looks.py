"""Who may read an answer again, and what becomes of second looks that nobody takes."""

import datetime as dt

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.selectors.actors import of_staff
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.registry import SWEEPS
from marketplace.desk import waiting as desk
from tasks.actions import requests, reviews, settlement
from tasks.models import Adjudication, Assignment, Project, Review, ReviewRequest
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def posted(**project):
    work.project(tasks=1, **project)
    submission = work.submit(work.claim(work.expert()))
    work.check(submission)
    return submission


def take(person):
    return reviews.claim_next(by=of_staff(person), user=person)


def say(held, verdict):
    return reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict=verdict,
        by=of_staff(held.reviewer),
        **({} if verdict == "accept" else {"category": "wrong", "text": work.REASON}),
    )


def refused(person):
    with pytest.raises(Refused) as caught:
        take(person)
    return caught.value.code


def of(kind):
    return ReviewRequest.objects.filter(kind=kind).latest("created_at").state


def sweep():
    SWEEPS["tasks.withdraw_stale_requests"].run()


def test_three_reviewers_are_enough_for_every_version():
    submission = posted(second_percent=100)
    one, two, three = (people.staff() for _ in range(3))
    first = take(one)
    second = take(two)
    assert (first.request.kind, second.request.kind) == ("first", "second")
    say(first, "return")
    say(second, "return")
    row = Assignment.objects.select_related("annotator__user").get()
    again = work.submit(row, {**work.RIGHT, "why": "Another reason"})
    work.check(again)
    assert submission.version < again.version
    # Who read the first version as the second reader never decides about the answer.
    held = take(two)
    assert (held.request.kind, held.submission) == ("second", again)
    reviews.release(review_assignment_id=held.pk, by=of_staff(two))
    # Who asked for the correction may read it again, but not twice.
    held = take(one)
    assert (held.request.kind, held.submission) == ("first", again)
    reviews.release(review_assignment_id=held.pk, by=of_staff(one))
    held = take(three)
    assert held.request.kind == "first"
    say(held, "accept")
    assert refused(three) == "nothing_to_review"
    assert take(one).request.kind == "second"


def test_a_second_reading_that_nobody_takes_is_given_up_after_a_week():
    posted(second_percent=100)
    clock.advance(7 * DAY - dt.timedelta(minutes=1))
    sweep()
    assert (of("first"), of("second")) == ("waiting", "waiting")
    clock.advance(dt.timedelta(minutes=1))
    sweep()
    sweep()
    assert (of("first"), of("second")) == ("waiting", "withdrawn")


@pytest.mark.parametrize("held", [False, True])
def test_an_audit_that_nobody_takes_keeps_no_rejection_open(held):
    posted(rejection_audit_percent=100)
    say(take(people.staff()), "reject")
    clock.advance(settings.APPEAL_DAYS * DAY)
    assert settlement.settle_rejections(by=work.BY) == 0
    if held:
        take(people.staff())
    sweep()
    assert of("audit") == ("taken" if held else "withdrawn")
    assert settlement.settle_rejections(by=work.BY) == (0 if held else 1)


def test_an_audit_waits_until_a_week_after_its_date():
    posted(rejection_audit_percent=100)
    say(take(people.staff()), "reject")
    clock.advance(10 * DAY - dt.timedelta(minutes=1))
    sweep()
    assert of("audit") == "waiting"
    clock.advance(dt.timedelta(minutes=1))
    sweep()
    assert of("audit") == "withdrawn"


def overdue():
    label = "Second looks by a senior, past their date"
    return [row.count for row in desk.everything() if row.label == label]


def test_the_desk_counts_the_looks_past_their_date():
    posted(rejection_audit_percent=100)
    say(take(people.staff()), "reject")
    clock.advance(3 * DAY - dt.timedelta(minutes=1))
    assert overdue() == [0]
    clock.advance(dt.timedelta(minutes=1))
    assert overdue() == [1]
    take(people.staff())
    assert overdue() == [0]


def test_who_decided_a_dispute_inspects_not_its_result():
    work.project(tasks=1)
    work.submit(work.claim(work.expert()))
    task = Project.objects.get().tasks.get()
    person = people.staff()
    Adjudication.objects.create(task=task, answer=work.RIGHT, reason="Thus.", decided_by=person)
    request = requests.ask(kind="warranty", task=task, by=work.BY)
    assert refused(person) == "nothing_to_review"
    with pytest.raises(Refused) as caught:
        reviews.take(request_id=request.pk, by=of_staff(person), who=who(person))
    assert caught.value.code == "judged_before"
    assert take(people.staff()).request == request


def who(person):
    return reviews.reviewer_of(user=person, by=of_staff(person))


def test_the_database_keeps_no_short_reason_of_a_rejection():
    posted()
    review = say(take(people.staff()), "reject")
    with pytest.raises(IntegrityError, match="reject_says_why"), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(text="x" * 39)
    Review.objects.filter(pk=review.pk).update(text="é" * 40)
