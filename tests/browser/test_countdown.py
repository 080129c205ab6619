"""What is left of a claim is counted by the server's clock, not by the reader's."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from marketplace.core import clock
from tasks.models import Assignment
from tests.support import factories_tasks as work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_clock_that_is_days_off_does_not_matter(look):
    expert = work.expert()
    work.project(lease_minutes=30)
    claim = work.claim(expert)
    left = claim.leased_until - clock.now()
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    eyes = look(expert.user)
    eyes.context.clock.install(time="2020-01-01T00:00:00Z")
    for path in (reverse("tasks:work"), reverse("tasks:task", args=[claim.pk])):
        page = eyes.open(path)
        assert page.locator("mk-countdown [role=timer]").inner_text().startswith("29:")
    page.clock.fast_forward("26:00")
    expect(page.locator("mk-countdown")).to_have_attribute("data-state", "warn")
    expect(page.locator("mk-countdown [role=status]")).to_contain_text("left")
    page.clock.fast_forward("05:00")
    expect(page.locator("mk-countdown")).to_have_attribute("data-state", "over")
    expect(page.locator("mk-countdown [role=timer]")).to_have_text("Time is over")
    assert eyes.complaints == []


def test_the_page_beats_while_it_is_used_and_follows_the_servers_time(look):
    """A machine whose clock jumps by five minutes shows the right time after the next beat."""
    expert = work.expert()
    work.project(lease_minutes=30)
    claim = work.claim(expert)
    eyes = look(expert.user)
    eyes.context.clock.install(time="2020-01-01T00:00:00Z")
    page = eyes.open(reverse("tasks:task", args=[claim.pk]))
    page.clock.fast_forward("05:00")
    timer = page.locator("mk-countdown [role=timer]")
    assert timer.inner_text().startswith("24:")
    page.mouse.move(100, 100)
    with page.expect_response("**/heartbeat"):
        page.clock.run_for(31_000)
    expect(timer).to_have_text(re.compile("^29:"))
    claim.refresh_from_db()
    assert claim.seen_at is not None

    Assignment.objects.filter(pk=claim.pk).update(leased_until="2020-01-01T00:00Z")
    page.mouse.move(200, 200)
    with page.expect_response("**/heartbeat"):
        page.clock.run_for(31_000)
    page.get_by_role("link", name="Open the task again").click()
    expect(page.get_by_role("button", name="Claim it again and go on")).to_be_visible()
    assert [said for said in eyes.complaints if "409" not in said] == []


def test_a_page_that_nobody_uses_does_not_beat(look):
    expert = work.expert()
    work.project(lease_minutes=30)
    claim = work.claim(expert)
    eyes = look(expert.user)
    eyes.context.clock.install(time="2020-01-01T00:00:00Z")
    page = eyes.open(reverse("tasks:task", args=[claim.pk]))
    beats = []
    page.on("request", lambda request: beats.append(request.url))
    page.clock.run_for(95_000)
    assert beats == []
