"""Pay where people read it: what may still be earned, what was paid, and what whoever comes gets."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from marketplace.core import clock
from tasks.models import Assignment, Task
from tasks.selectors import fairness, misses, pay_words
from tests.support import factories_offers as market
from tests.support import factories_tasks as work
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db


def page(who, name, *args):
    client = Client()
    client.force_login(who.user)
    return client.get(reverse(name, args=args)).content.decode()


RULES = {
    "model": "submission",
    "tiers": {"2": 11000},
    "domains": {"engineering": 12000},
    "bonus": {"measure": "unchanged", "most_bps": 2000},
    "correction_bps": 1000,
}


def cell(who, row):
    """The sum of a claim in the history, as it is read."""
    found = re.search(rf'data-assignment="{row.pk}".*?</tr>', page(who, "tasks:history"), re.DOTALL)
    return " ".join(
        strip_tags(found[0].split('<td data-label="Pay">')[1].split("</td>")[0]).split()
    )


def test_the_history_shows_what_was_paid_and_before_that_what_may_be():
    work.project(price_minor=1000, pay=RULES)
    who = work.expert(tier=1)
    row = work.claim(who)
    # 1000 * 1.2, and three corrections
    assert cell(who, row) == "up to $15.60 if accepted"
    answer = work.submit(row)
    text = page(who, "tasks:history_one", row.pk)
    assert "$12.00 for an accepted answer" in text
    assert "At the most $15.60" in text
    work.review(answer)
    assert cell(who, row) == "$14.40"
    text = page(who, "tasks:history_one", row.pk)
    assert "<strong>$14.40</strong>" in text
    assert "Quality bonus: accepted unchanged: <strong>$2.40</strong>" in text
    assert "$15.60" not in text


def test_the_history_promises_nothing_where_nothing_can_be_earned():
    work.project(tasks=3, price_minor=1000)
    who = work.expert()
    given_back, refused, open_one = work.claim(who), work.claim(who), work.claim(who)
    work.release(given_back)
    work.review(work.submit(refused), "reject")
    assert [cell(who, row) for row in (given_back, refused, open_one)] == [
        "–",
        "–",
        "$10.00 if accepted",
    ]
    assert "$10.00" not in page(who, "tasks:history_one", refused.pk)


def test_an_offer_says_what_it_would_pay_them():
    project = market.pushing(price_minor=1000, pay=RULES)
    who = work.expert(tier=2)
    market.plan(project)
    text = page(who, "tasks:offers")
    assert "<strong>$13.20 for an accepted answer</strong>" in text
    assert "your tier 2 is in it (× 1.1)" in text


UNPAID = (
    "corrections are not paid for",
    "$5.00 if the client ends the task after the claim",
)
WHOEVER = (
    "× 1.1 for tier 2",
    "× 1.2 with a credential in Engineering and technology",
    "$2.00 more if accepted unchanged",
    "$1.00 for each correction that is handed in",
    "$5.00 if the client ends the task after the claim",
)


def test_a_client_reads_what_their_project_pays_whoever_comes():
    row = work.project(price_minor=1000, pay=RULES)
    hour = work.project(
        price_minor=6000, pay={"model": "hourly"}, client=row.organization, expected_minutes=10
    )
    found = pay_words.of_project(row)
    assert found == pay_words.Words("$10.00 for an accepted answer", WHOEVER)
    client = Client()
    client.force_login(row.organization.memberships.get().user)
    task = Task.objects.get(project=row)
    for path in (
        reverse("tasks:client_projects"),
        reverse("tasks:client_project", args=[row.pk]),
        reverse("tasks:preview", args=[row.pk, task.pk]),
    ):
        text = client.get(path).content.decode()
        assert "<strong>$10.00 for an accepted answer</strong>" in text
        for part in WHOEVER:
            assert f"<li>{part}</li>" in text
    assert pay_words.of_project(hour).price == (
        "$60.00 for an hour of active time, up to 20 minutes"
    )


def test_multipliers_of_one_are_not_told():
    pay = {"model": "submission", "tiers": {"2": 10000}, "domains": {"engineering": 10000}}
    row = work.project(price_minor=1000, pay=pay)
    assert pay_words.of_project(row).parts == UNPAID


def test_near_misses_say_what_they_pay_and_the_better_paid_comes_first():
    pay = {"model": "hourly", "cap_minutes": 30}
    hour = work.project(
        price_minor=6000, pay=pay, languages=["fr"], expected_minutes=10, name="An hour"
    )
    work.project(price_minor=2000, languages=["fr"], name="An answer")
    who = work.expert()
    assert [(one.project.name, one.pay.price) for one in misses.near(who.pk)] == [
        ("An answer", "$20.00 for an accepted answer"),
        ("An hour", "$60.00 for an hour of active time, up to 30 minutes"),
    ]
    assert pay_words.of_project(hour).price in page(who, "tasks:work")


def test_the_desk_lists_what_was_promised_and_what_was_earned():
    row = work.project(tasks=2, price_minor=1000, pay=RULES)
    paid, waiting = work.claim(work.expert(tier=1)), work.claim(work.expert(tier=1))
    work.review(work.submit(paid))
    desk = Desk()
    text = desk.page("tasks/assignment")
    cells = re.findall(r"field-(?:at_most|was_paid)[^>]*>([^<]*)<", text)
    assert cells == ["$15.60", "–", "$15.60", "$14.40"]
    assert waiting.quote
    assert "$10.00 for an accepted answer +" in desk.page("tasks/project")
    assert "; ".join(["$10.00 for an accepted answer", *WHOEVER]) in desk.page(
        "tasks/project", f"{row.pk}/change/"
    )


def test_the_fairness_report_counts_what_was_earned_and_before_that_the_base_expected():
    hour = {"model": "hourly", "cap_minutes": 15}
    row = work.project(tasks=4, price_minor=6000, pay=hour, expected_minutes=10)
    who = work.expert()

    def hourly():
        (group,) = fairness.report(row.pk, 30).domains
        return group.hourly

    claim = work.claim(who)
    # reserved are 15 minutes, expected are 10
    assert (claim.price_minor, hourly()) == (1500, {"usd": 6000})
    Assignment.objects.filter(pk=claim.pk).update(active_seconds=300)
    work.review(work.submit(claim))
    assert hourly() == {"usd": 3000}
    other = work.project(price_minor=1000, pay=RULES, expected_minutes=10, domain="law")
    lawyer = work.expert(domains=("law",))
    work.claim(lawyer)
    (group,) = fairness.report(other.pk, 30).domains
    assert group.hourly == {"usd": 6000}


def test_a_rush_is_told_while_it_lasts():
    until = (clock.now() + dt.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    pay = {"model": "submission", "rush": {"bps": 1000, "until": until}}
    row = work.project(price_minor=1000, pay=pay)
    assert pay_words.of_project(row).parts[0].startswith("$1.00 more if handed in before ")
    clock.advance(dt.timedelta(hours=3))
    assert pay_words.of_project(row).parts == UNPAID
