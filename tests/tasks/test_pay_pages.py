"""What a claim pays is said in words, before it and while it lasts."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format

from marketplace.core import clock
from marketplace.core.models import AuditEntry
from tasks.actions import pricing
from tasks.models import Assignment
from tasks.selectors import pay_words, price_news
from tasks.selectors import work as pages
from tests.support import factories_tasks as work
from tests.support.factories_tasks import BY

pytestmark = pytest.mark.django_db


def page(who, name, *args):
    client = Client()
    client.force_login(who.user)
    return client.get(reverse(name, args=args)).content.decode()


def words(**pay):
    """Of a claim, and of the opening before it: the same."""
    other = {name: pay.pop(name) for name in list(pay) if name == "review_rubric"}
    work.project(price_minor=1200, pay=pay, **other)
    who = work.expert(tier=2)
    (opening,) = pages.openings(who.pk)
    row = work.claim(who)
    found = pay_words.of_claim(row)
    assert opening.pay == found
    return found


def test_a_price_by_itself():
    assert words() == pay_words.Words("$12.00 for an accepted answer")


def test_everything_that_an_answer_may_bring():
    soon = (clock.now() + dt.timedelta(days=9)).replace(hour=12, minute=0)
    found = words(
        model="submission",
        tiers={"2": 11000},
        domains={"engineering": 12000},
        bonus={"measure": "unchanged", "most_bps": 2000},
        rush={"bps": 1000, "until": soon.strftime("%Y-%m-%dT%H:%M:00Z")},
        correction_bps=500,
        kill_bps=5000,
        floor_hourly_minor=6000,
    )
    assert found.price == "$15.84 for an accepted answer"
    until = date_format(soon.replace(second=0), "DATETIME_FORMAT")
    assert found.parts == (
        "your tier 2 is in it (× 1.1)",
        "your credential in Engineering and technology is in it (× 1.2)",
        "$3.17 more if accepted unchanged",
        f"$1.59 more if handed in before {until}",
        "at least $60.00 an hour of active time, up to 20 minutes",
        "$0.80 for each correction that is handed in",
        "$7.92 if the client ends the task after the claim",
    )


def test_unpaid_corrections_are_said_to_be_unpaid_and_scores_where_they_begin():
    found = words(
        model="submission",
        bonus={"measure": "rubric", "most_bps": 2000, "from_percent": 60},
        review_rubric=[{"name": "truth", "title": "Truth", "max": 4}],
    )
    assert found.parts == (
        "up to $2.40 more by the reviewer's score, from 60 % on",
        "corrections are not paid for",
        "$6.00 if the client ends the task after the claim",
    )


def test_an_hour():
    found = words(model="hourly", cap_minutes=30, bonus={"measure": "unchanged", "most_bps": 2000})
    assert found == pay_words.Words(
        "$12.00 for an hour of active time, up to 30 minutes",
        ("20 % more if accepted unchanged", "$1.00 if the client ends the task after the claim"),
    )


def test_the_task_page_and_its_beat_say_what_is_earned_so_far():
    work.project(price_minor=6000, pay={"model": "hourly", "cap_minutes": 30})
    who = work.expert()
    row = work.claim(who)
    Assignment.objects.filter(pk=row.pk).update(active_seconds=605)
    shown = "$10.09 earned so far, for 10 of at most 30 active minutes."
    text = page(who, "tasks:task", row.pk)
    assert shown in text
    assert "$60.00 for an hour of active time, up to 30 minutes" in text
    client = Client()
    client.force_login(who.user)
    beat = reverse("tasks:heartbeat", args=[row.pk])
    assert client.post(beat, {"fence": row.fence}).json()["earned"].startswith("$10.")
    Assignment.objects.filter(pk=row.pk).update(active_seconds=1800)
    capped = client.post(beat, {"fence": row.fence}).json()["earned"]
    assert capped == "$30.00 earned: the most, for 30 minutes of active time."


@pytest.mark.parametrize(
    ("pay", "sentence"),
    [
        ({}, "This correction is not paid for apart: it belongs to the task&#x27;s price."),
        (
            {"model": "submission", "correction_bps": 1000},
            "This correction is paid: $1.20 more, once the answer is accepted.",
        ),
        (
            {"model": "hourly"},
            "This correction is paid by the hour, like the work before it, up to the same cap.",
        ),
    ],
)
def test_a_correction_says_whether_it_is_paid(pay, sentence):
    work.project(price_minor=1200, pay=pay)
    who = work.expert()
    row = work.claim(who)
    assert sentence not in page(who, "tasks:task", row.pk)
    work.review(work.submit(row), "return")
    assert sentence in page(who, "tasks:task", row.pk)


def test_a_price_for_the_answer_earns_nothing_by_the_minute():
    work.project()
    row = work.claim(work.expert())
    assert pay_words.so_far(row.quote, 600, "usd") == ""


def test_a_change_of_price_is_news_for_a_week():
    project = work.project(price_minor=1000)
    who = work.expert()
    pricing.reprice(project_id=project.pk, fields={"review_price_minor": 7}, by=BY)
    assert price_news.of([project]) == {}
    pricing.reprice(project_id=project.pk, fields={"pay": {"model": "submission"}}, by=BY)
    (opening,) = pages.openings(who.pk)
    assert opening.news.startswith("The pay rules changed on ")
    pricing.reprice(project_id=project.pk, fields={"price_minor": 1200}, by=BY)
    (opening,) = pages.openings(who.pk)
    assert "from $10.00 to $12.00. What you have claimed keeps its price." in opening.news
    assert "from $10.00 to $12.00" in page(who, "tasks:work")


def test_what_is_older_is_no_news(monkeypatch):
    project = work.project(price_minor=1000)
    pricing.reprice(project_id=project.pk, fields={"price_minor": 1200}, by=BY)
    monkeypatch.setattr(price_news, "NEWS", dt.timedelta(0))
    assert AuditEntry.objects.filter(verb=price_news.VERB, at__lt=clock.now()).exists()
    assert price_news.of([project]) == {}
