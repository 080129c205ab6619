"""Signs of life from the task page: time at work, counted once, and the time left."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.selectors.actors import of_staff, of_user
from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from tasks.actions import expiry, heartbeat
from tasks.models import Assignment
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim():
    who = work.expert()
    work.project(tasks=2)
    return work.claim(who)


def beat(row, fence=None):
    fence = row.fence if fence is None else fence
    return heartbeat.beat(assignment_id=row.pk, fence=fence, by=of_user(row.annotator.user))


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.code


def wait(**time):
    clock.advance(dt.timedelta(**time))


def worked(row):
    row.refresh_from_db()
    return row.active_seconds


def since_beats_began(row, *pauses):
    """Beats after each pause; the first, right after the claim, counts almost nothing."""
    first = beat(row).active_seconds
    for seconds in pauses:
        wait(seconds=seconds)
        beat(row)
    return worked(row) - first


def test_the_time_between_beats_is_time_at_work_and_a_pause_counts_a_minute(claim):
    assert since_beats_began(claim, 30, 30, 20) in (80, 81)
    assert since_beats_began(claim, 600) == 60
    assert abs((clock.now() - claim.seen_at).total_seconds()) < 2


def test_ten_tabs_count_the_time_once(claim):
    first = beat(claim).active_seconds
    for _ in range(3):
        for _ in range(10):
            wait(seconds=3)
            beat(claim)
    assert worked(claim) - first in (90, 91)


def test_parts_of_a_second_add_up(claim):
    first = beat(claim).active_seconds
    for _ in range(20):
        wait(milliseconds=500)
        beat(claim)
    assert worked(claim) - first in (10, 11)


def test_the_first_beat_counts_from_the_claim_and_no_more_than_a_minute(claim):
    wait(seconds=45)
    assert beat(claim).active_seconds in (45, 46)
    other = work.claim(claim.annotator)
    wait(minutes=9)
    assert beat(other).active_seconds == 60


def test_the_time_left_is_the_databases(claim):
    wait(minutes=10)
    assert 20 * 60 - 2 < beat(claim).seconds_left <= 20 * 60


def test_a_claim_that_is_over_is_told_so_and_nothing_is_counted(claim):
    assert refusal(beat, claim, claim.fence + 1) == "stale_claim"
    wait(minutes=31)
    assert refusal(beat, claim) == "too_late"
    expiry.expire_assignments(by=work.BY)
    assert refusal(beat, claim) == "too_late"
    handed = work.claim(claim.annotator)
    work.submit(handed)
    assert refusal(beat, handed) == "wrong_state"
    assert (worked(claim), claim.seen_at, worked(handed)) == (0, None, 0)


def test_a_beat_is_its_annotators(claim):
    other = of_user(work.expert().user)
    for by in (other, of_staff(people.staff())):
        with pytest.raises(NotFound):
            heartbeat.beat(assignment_id=claim.pk, fence=claim.fence, by=by)
    with pytest.raises(NotFound):
        heartbeat.beat(assignment_id=work.new_ids(1)[0], fence=1, by=of_user(claim.annotator.user))
    assert worked(claim) == 0


def test_the_page_gets_json(claim):
    page = Client()
    page.force_login(claim.annotator.user)
    url = reverse("tasks:heartbeat", args=[claim.pk])
    assert url in page.get(reverse("tasks:task", args=[claim.pk])).content.decode()
    reply = page.post(url, {"fence": claim.fence})
    assert reply.status_code == 200
    seen = reply.json()
    assert set(seen) == {"active_seconds", "seconds_left", "earned"}
    assert 29 * 60 < seen["seconds_left"] <= 30 * 60
    Assignment.objects.filter(pk=claim.pk).update(leased_until="2020-01-01T00:00Z")
    reply = page.post(url, {"fence": claim.fence})
    assert (reply.status_code, reply.json()["code"]) == (409, "too_late")
    assert page.post(url).status_code == 409
    assert page.get(url).status_code == 405
