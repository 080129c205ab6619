"""What a claim pays, as annotators see it before they claim and while they work."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tasks.actions import pricing
from tasks.models import Assignment
from tests.browser.test_pages import MODES, keep
from tests.support import factories_offers as market
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


@pytest.mark.parametrize("mode", MODES)
def test_an_offer_and_the_history_say_what_is_paid(look, mode, request):
    expert = work.expert(tier=2)
    work.project(name="Paid by its quote", price_minor=1200, pay=RULES, tasks=2)
    paid, waiting = work.claim(expert), work.claim(expert)
    work.submit(waiting)
    Assignment.objects.filter(pk=paid.pk).update(active_seconds=1000)
    work.review(work.submit(paid))
    market.plan(market.pushing(name="Offered with a quote", price_minor=1200, pay=RULES))
    eyes = look(expert.user, **mode)
    page = eyes.open(reverse("tasks:offers"))
    card = page.locator("li.card", has_text="Offered with a quote")
    expect(card).to_contain_text("$13.20 for an accepted answer")
    keep(page, "pay-offer", request)
    page = eyes.open(reverse("tasks:history"))
    keep(page, "pay-history", request)
    page = eyes.open(reverse("tasks:history_one", args=[waiting.pk]))
    keep(page, "pay-history-waiting", request)
    page = eyes.open(reverse("tasks:history_one", args=[paid.pk]))
    page.get_by_text("How this sum came about").click()
    expect(page.locator(".pay-parts li").last).to_be_visible()
    keep(page, "pay-history-paid", request)
    assert (eyes.complaints, eyes.barriers(page)) == ([], [])


@pytest.mark.parametrize("mode", [MODES[0], MODES[2]])
def test_a_client_reads_what_their_project_pays(look, mode, request):
    pay = {**RULES, "domains": {work.DOMAIN: 12000}}
    row = work.project(name="Everything in words", price_minor=1200, pay=pay)
    eyes = look(row.organization.memberships.get().user, **mode)
    for name, path in {
        "pay-client-list": reverse("tasks:client_projects"),
        "pay-client": reverse("tasks:client_project", args=[row.pk]),
        "pay-preview": reverse("tasks:preview", args=[row.pk, row.tasks.get().pk]),
    }.items():
        page = eyes.open(path)
        expect(page.locator(".pay-parts")).to_contain_text("× 1.1 for tier 2")
        keep(page, name, request)
        assert (name, eyes.complaints, eyes.barriers(page)) == (name, [], [])
