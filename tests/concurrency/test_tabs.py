"""One annotator in ten tabs, and machines whose clocks disagree."""

import datetime as dt
import time

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.selectors.actors import of_user
from marketplace.core import clock
from tasks.actions import claims, expiry
from tasks.models import Assignment, Submission, Task
from tests.support import factories_tasks as work
from tests.support.races import at_once, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
BACKEND = "django.contrib.auth.backends.ModelBackend"
TABS = 10


def tabs(who):
    """Ten browsers' tabs of one person: one session, ten connections."""
    first = Client()
    first.force_login(who.user, backend=BACKEND)
    for _ in range(TABS):
        tab = Client()
        tab.cookies = first.cookies
        yield tab


def click(who, keys):
    """A click on "next" in every tab at once, each with its key; where each was led."""
    calls = [
        lambda tab=tab, key=key: tab.post("/work/next", {"key": key})["Location"]
        for tab, key in zip(tabs(who), keys, strict=True)
    ]
    return values(at_once(*calls))


def test_ten_tabs_with_one_key_are_one_claim():
    who = work.expert()
    work.project(tasks=20)
    assert click(who, ["the key"] * TABS) == [f"/work/{Assignment.objects.get().pk}/"] * TABS


def test_control_without_the_key_they_are_several(monkeypatch):
    who = work.expert()
    work.project(tasks=20)
    monkeypatch.setattr(claims, "named", lambda *, by, key: None)
    assert len(set(click(who, ["the key"] * TABS))) > 1


def test_ten_tabs_with_ten_keys_keep_to_the_cap():
    who = work.expert()
    work.project(tasks=20)
    places = click(who, [f"key {n}" for n in range(TABS)])
    pages = [place for place in places if place != "/work/"]
    held = {f"/work/{pk}/" for pk in Assignment.objects.values_list("pk", flat=True)}
    assert len(pages) == len(held) == settings.OPEN_CLAIMS_MAX == 3
    assert set(pages) == held
    assert Task.objects.filter(state="filled").count() == 3


@pytest.fixture(params=[-5, 0, 5], ids=["slow", "right", "fast"])
def minutes_off(request, monkeypatch):
    """This machine's clock is so many minutes off; the database's is right."""
    off = dt.timedelta(minutes=request.param)
    right, moment, tick = time.time, timezone.now, time.time_ns  # noqa: TID251 - moved here
    seconds = off.total_seconds()
    monkeypatch.setattr(time, "time", lambda: right() + seconds)
    monkeypatch.setattr(time, "time_ns", lambda: tick() + int(seconds * 10**9))
    monkeypatch.setattr(timezone, "now", lambda: moment() + off)
    return off


def test_leases_go_by_the_databases_clock_alone(minutes_off):
    assert abs(timezone.now() - clock.now() - minutes_off) < dt.timedelta(seconds=5)  # noqa: TID251
    who = work.expert()
    work.project(tasks=3, lease_minutes=5, expected_minutes=2)
    before = clock.now()
    in_time, late, left = (work.claim(who) for _ in range(3))
    after = clock.now()
    for row in (in_time, late, left):
        assert before <= row.leased_until - dt.timedelta(minutes=5) <= after
    assert expiry.expire_assignments(by=work.BY) == 0
    assert work.submit(in_time).assignment_id == in_time.pk
    clock.advance(dt.timedelta(minutes=5))
    page = Client()
    page.force_login(who.user, backend=BACKEND)
    answer = {"fence": late.fence, "answer-verdict": "correct", "answer-why": "A good reason."}
    assert page.post(f"/work/{late.pk}/", answer).status_code == 409
    assert late.late.get().answer["why"] == "A good reason."
    expiry.expire_assignments(by=work.BY)
    states = dict(Assignment.objects.values_list("pk", "state"))
    assert states == {in_time.pk: "submitted", late.pk: "expired", left.pk: "expired"}
    again = claims.reclaim(assignment_id=late.pk, by=of_user(who.user))
    assert again.draft["why"] == "A good reason."
    assert again.leased_until > clock.now()
    assert Submission.objects.count() == 1
