"""What a claim pays, as annotators see it before they claim and while they work."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tasks.actions import pricing
from tasks.models import Assignment
from tests.browser.test_pages import MODES, keep
from tests.support import factories_tasks as work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = {
    "model": "submission",
    "tiers": {"2": 11000},
    "bonus": {"measure": "unchanged", "most_bps": 2000},
    "correction_bps": 1000,
    "kill_bps": 5000,
    "floor_hourly_minor": 6000,
}


@pytest.mark.parametrize("mode", MODES)
def test_the_work_list_says_what_each_project_pays(look, mode, request):
    expert = work.expert(tier=2)
    work.project(name="A price by itself")
    row = work.project(name="Everything in words", price_minor=1200, pay=RULES)
    work.project(name="By the hour", price_minor=6000, pay={"model": "hourly", "cap_minutes": 30})
    pricing.reprice(project_id=row.pk, fields={"price_minor": 1500}, by=work.BY)
    eyes = look(expert.user, **mode)
    page = eyes.open(reverse("tasks:work"))
    card = page.locator("li.card", has_text="Everything in words")
    expect(card).to_contain_text("$16.50 for an accepted answer")
    expect(card).to_contain_text("$3.30 more if accepted unchanged")
    expect(card).to_contain_text("from $12.00 to $15.00")
    keep(page, "pay-work", request)
    assert (eyes.complaints, eyes.barriers(page)) == ([], [])


@pytest.mark.parametrize("mode", [MODES[0], MODES[2]])
def test_an_hourly_claim_shows_what_it_has_earned(look, mode, request):
    expert = work.expert()
    pay = {"model": "hourly", "cap_minutes": 30}
    work.project(name="By the hour", price_minor=6000, pay=pay)
    claim = work.claim(expert)
    Assignment.objects.filter(pk=claim.pk).update(active_seconds=605)
    eyes = look(expert.user, **mode)
    page = eyes.open(reverse("tasks:task", args=[claim.pk]))
    expect(page.locator("[data-mk-earned]")).to_contain_text(
        re.compile(r"\$10\.\d\d earned so far, for 10 of at most 30 active minutes")
    )
    keep(page, "pay-hourly", request)
    assert (eyes.complaints, eyes.barriers(page)) == ([], [])
    Assignment.objects.filter(pk=claim.pk).update(active_seconds=1800)
    # a beat, as the page sends it twice a minute, brings the new sentence
    page.evaluate("document.dispatchEvent(new Event('pointermove'))")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("[data-mk-earned]")).to_have_text(
        "$30.00 earned: the most, for 30 minutes of active time."
    )


@pytest.mark.parametrize("mode", MODES)
def test_the_task_page_lists_the_parts_of_its_price(look, mode, request):
    expert = work.expert(tier=2)
    work.project(name="Everything in words", price_minor=1200, pay=RULES)
    claim = work.claim(expert)
    eyes = look(expert.user, **mode)
    page = eyes.open(reverse("tasks:task", args=[claim.pk]))
    expect(page.locator(".task-head")).to_contain_text("$13.20 for an accepted answer")
    expect(page.locator(".pay-parts li")).to_have_count(5)
    keep(page, "pay-task", request)
    assert (eyes.complaints, eyes.barriers(page)) == ([], [])
