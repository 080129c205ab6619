"""What is left of a claim is counted by the server's clock, not by the reader's."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from marketplace.core import clock
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
