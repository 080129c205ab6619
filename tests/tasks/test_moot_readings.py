"""Second readings in hand that can compare nothing any more: they do not wait again."""

import datetime as dt

import pytest

from accounts.selectors.actors import of_staff
from marketplace.core import clock
from marketplace.core.registry import SWEEPS
from tasks.actions import reviews
from tasks.models import Assignment, Project, ReviewRequest
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.tasks.test_second_readings import posted, say, take

pytestmark = pytest.mark.django_db


def second_in_hand():
    """An answer whose second reading somebody has begun, its first one nobody."""
    submission = posted(second_percent=100)
    ReviewRequest.objects.filter(kind="first").update(state="withdrawn")
    held = take(people.staff(), "second")
    ReviewRequest.objects.filter(kind="first").update(state="waiting")
    return submission, held


def end(held, how):
    """Their claim ends without a verdict."""
    if how == "released":
        reviews.release(review_assignment_id=held.pk, by=of_staff(held.reviewer))
        return
    clock.advance(dt.timedelta(minutes=31))
    SWEEPS["tasks.expire_leases"].run()


@pytest.mark.parametrize("how", ["released", "expired"])
def test_a_second_reading_of_what_is_accepted_unread_waits_no_more(how):
    submission, held = second_in_hand()
    Project.objects.update(review_percent=0)
    assert work.check(submission) is True
    assert ReviewRequest.objects.get(kind="second").state == "taken"
    end(held, how)
    assert ReviewRequest.objects.get(kind="second").state == "withdrawn"


@pytest.mark.parametrize("how", ["released", "expired"])
def test_a_second_reading_of_what_is_corrected_waits_no_more(how):
    _submission, held = second_in_hand()
    say(take(people.staff(), "first"), "return")
    row = Assignment.objects.select_related("annotator__user").get()
    work.submit(row, {**work.RIGHT, "why": "Another reason"})
    assert ReviewRequest.objects.get(kind="second").state == "taken"
    end(held, how)
    assert ReviewRequest.objects.get(kind="second").state == "withdrawn"


@pytest.mark.parametrize("how", ["released", "expired"])
def test_control_a_second_reading_that_still_compares_waits_again(how):
    _submission, held = second_in_hand()
    say(take(people.staff(), "first"), "return")
    end(held, how)
    assert ReviewRequest.objects.get(kind="second").state == "waiting"
