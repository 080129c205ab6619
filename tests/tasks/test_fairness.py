"""The fairness report: who got how much, on the desk and for the client's programs."""

import datetime as dt
import html
import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse

from accounts.models import AnnotatorProfile
from marketplace.core import clock
from tasks.models import Assignment, Skill
from tasks.selectors import fairness
from tests.support import factories_accounts as people
from tests.support import factories_tasks as tasks

pytestmark = pytest.mark.django_db


def claims(who, project, number):
    for _ in range(number):
        tasks.submit(tasks.claim(who, project_id=project.pk))


@pytest.fixture
def world():
    """Three experts of one project: four tasks, one, none; the first is no newcomer. Another works
    elsewhere only."""
    first = tasks.expert(country="DE")
    second, idle = tasks.expert(country="AT"), tasks.expert(country="DE")
    lawyer = tasks.expert(domains=("law",), country="US")
    row = tasks.project(tasks=9, price_minor=500, expected_minutes=20)
    elsewhere = tasks.project(tasks=2, domain="law", price_minor=300, expected_minutes=10)
    Skill.objects.create(
        annotator=first, domain_id="engineering", alpha=9, beta=1, lower=0.7, upper=1, gold_seen=30
    )
    claims(first, row, 4)
    claims(second, row, 1)
    claims(lawyer, elsewhere, 1)
    return first, second, idle, lawyer, row


def counted(report):
    return {one.email: (one.claims, one.newcomer_claims) for one in report.people}


def groups(found):
    return [(one.name, one.experts, one.claims, one.hourly) for one in found]


def test_a_projects_report(world):
    first, second, idle, _, row = world
    report = fairness.report(row.pk, 30)
    assert counted(report) == {
        first.user.email: (4, 0),
        second.user.email: (1, 1),
        idle.user.email: (0, 0),
    }
    assert (report.shares.experts, report.shares.claims, report.shares.largest) == (3, 5, 4)
    assert report.shares.largest_to_mean == pytest.approx(4 * 3 / 5)
    assert report.shares.gini == pytest.approx(8 / 15)
    assert report.exploration == pytest.approx(1 / 5)
    assert groups(report.countries) == [("DE", 2, 4, {"usd": 1500}), ("AT", 1, 1, {"usd": 1500})]
    assert groups(report.domains) == [("engineering.software", 3, 5, {"usd": 1500})]


def test_the_platforms_report(world):
    report = fairness.report(None, 30)
    assert (report.shares.experts, report.shares.claims) == (4, 6)
    assert report.exploration == pytest.approx(2 / 6)
    assert groups(report.domains) == [
        ("engineering.software", 3, 5, {"usd": 1500}),
        ("law", 1, 1, {"usd": 1800}),
    ]


def test_what_ran_out_or_was_long_ago_does_not_count(world):
    first, second, _, _, row = world
    Assignment.objects.filter(annotator=second).update(state="expired")
    clock.advance(dt.timedelta(days=8))
    claims(first, row, 1)
    assert counted(fairness.report(row.pk, 7)) == {
        first.user.email: (1, 0),
        second.user.email: (0, 0),
        world[2].user.email: (0, 0),
    }
    assert counted(fairness.report(row.pk, 30))[first.user.email] == (5, 0)


def test_who_has_not_been_here_for_long_is_not_counted(world):
    first, second, _, _, row = world
    clock.advance(dt.timedelta(days=15))
    claims(second, row, 1)
    assert counted(fairness.report(row.pk, 7)) == {second.user.email: (1, 1)}
    assert counted(fairness.report(row.pk, 30)) == {
        first.user.email: (4, 0),
        second.user.email: (2, 2),
    }


def test_waits_run_from_the_last_task_or_from_joining(world):
    first, second, idle, _, row = world
    hour = dt.timedelta(hours=1)
    for who, hours in ((first, 2), (second, 5)):
        Assignment.objects.filter(annotator=who).update(claimed_at=clock.now() - hours * hour)
    AnnotatorProfile.objects.update(created_at=clock.now() - 9 * hour)
    report = fairness.report(row.pk, 30)
    waited = {one.email: one.waited // 3600 for one in report.people}
    assert waited == {first.user.email: 2, second.user.email: 5, idle.user.email: 9}
    assert (report.waited_median // 3600, report.waited_p90 // 3600) == (5, 9)


def test_nothing_is_no_division_by_zero():
    report = fairness.report(None, 30)
    assert (report.shares.experts, report.shares.claims, report.exploration) == (0, 0, None)
    assert (report.waited_median, report.countries, report.domains) == (None, [], [])


def text(reply):
    assert reply.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", reply.content.decode()))


def test_the_desk_shows_both(world):
    first, *_, row = world
    staff = people.staff(is_superuser=False)
    TOTP.activate(staff, "JBSWY3DPEHPK3PXP")
    desk = Client()
    desk.force_login(staff)
    page = text(desk.get(reverse("admin:tasks_fairness_one", args=[row.pk]), {"days": 7}))
    assert "<strong>2.40</strong>largest share / mean" in page
    assert "<strong>0.53</strong>Gini" in page
    assert "<strong>20.0 %</strong>of claims by newcomers" in page
    assert '<td class="number">80.0 %</td>' in page
    assert first.user.email in page
    assert "$15.00" in page
    assert '<a href="?days=7" aria-current="page">' in page
    for days in ("", "8", "x", "-1"):
        whole = text(desk.get(reverse("admin:tasks_fairness"), {"days": days}))
        assert "<strong>6</strong>tasks claimed" in whole
        assert '<a href="?days=30" aria-current="page">' in whole
    unknown = reverse("admin:tasks_fairness_one", args=[first.pk])
    assert desk.get(unknown).status_code == 404


def ask(row, query="", client=None, name="first"):
    _, token = people.api_key(client or row.organization, name=name)
    return Client().get(
        f"/api/v1/projects/{row.pk}/fairness{query}", headers={"authorization": f"Bearer {token}"}
    )


def test_a_client_gets_pseudonyms_and_no_small_group(world):
    first, second, _, _, row = world
    reply = ask(row)
    assert reply.status_code == 200
    assert reply.json() == {
        "days": 30,
        "experts": 3,
        "claims": 5,
        "largest_share": 0.8,
        "mean_share": pytest.approx(1 / 3),
        "largest_to_mean": 2.4,
        "gini": pytest.approx(8 / 15),
        "exploration_share": 0.2,
        "waited_median_seconds": None,
        "waited_p90_seconds": None,
        "shares": [
            {"annotator": str(first.pseudonym), "claims": 4, "share": 0.8},
            {"annotator": str(second.pseudonym), "claims": 1, "share": 0.2},
        ],
        "countries": [],
    }
    for _ in range(3):
        tasks.expert(country="DE")
    reply = ask(row, "?days=366", name="second")
    assert first.user.email not in reply.content.decode()
    found = reply.json()
    assert found["countries"] == [
        {
            "country": "DE",
            "experts": 5,
            "claims": 4,
            "claims_each": 0.8,
            "hourly_minor": {"usd": 1500},
        }
    ]
    assert found["waited_median_seconds"] >= 0


@pytest.mark.parametrize("days", ["0", "367", "x", "-1", "", "1.5", "٣", "9" * 30])
def test_days_that_are_none(world, days):
    reply = ask(world[-1], f"?days={days}")
    assert (reply.status_code, reply.json()["code"]) == (400, "bad_query")


def test_anothers_project_is_not_found(world):
    assert ask(world[-1], client=people.organization()).status_code == 404
