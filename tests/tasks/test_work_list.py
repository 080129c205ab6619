"""The work list: why a project comes first, what is not open yet, and when to ask again."""

import datetime as dt
import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import (
    Nda,
    Qualification,
)
from marketplace.core import clock
from tasks.actions import matching
from tasks.models import (
    Assignment,
    Project,
    Skill,
)
from tasks.selectors import misses, reasons, work
from tests.support import factories_accounts as people
from tests.support import factories_tasks as tasks

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(reply):
    assert reply.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", reply.content.decode()))


def near(who):
    return [(one.name, [rule.code for rule in one.rules]) for one in misses.near(who.pk)]


def test_what_one_or_two_steps_of_ones_own_would_open_is_shown_without_the_clients_name():
    who = people.annotator(domains=(tasks.DOMAIN,))
    acme = people.organization("Acme")
    plain = tasks.project(client=acme, name="Acme functions", price_minor=900)
    tasks.project(name="Two steps", languages=["fr"])
    tasks.project(name="Three steps", languages=["fr"]).qualifications.set(
        [Qualification.objects.create(name="Acme exam", organization=acme)]
    )
    secret = tasks.project(client=acme, name="Secret", credential_required=False, price_minor=100)
    nda = Nda.objects.create(organization=acme, version=1, title="Acme's secrets", text="…")
    Project.objects.filter(pk=secret.pk).update(nda=nda)
    tasks.project(name="Beside", domain="engineering", credential_required=False)
    tasks.project(name="No tasks", tasks=0, active=False)
    tasks.project(name="Elsewhere", domain="law", credential_required=False)
    tasks.project(name="Not theirs to change", countries=["US"])
    open_now = tasks.project(name="Open", credential_required=False)
    assert near(who) == [
        ("the client functions", ["credential_missing"]),
        ("Confidential project", ["nda_missing"]),
        ("Two steps", ["credential_missing", "language_missing"]),
    ]
    matching.refresh_annotator(annotator_id=who.pk)
    page = text(signed_in(who.user).get(reverse("tasks:work")))
    assert "Not open to you yet" in page
    assert "Acme" not in page
    assert "Open" in page
    assert reverse("tasks:agreements") in page
    assert reverse("accounts:credentials") in page
    for row in (plain, secret, open_now):
        assert reverse("tasks:why", args=[row.pk]) in page


def test_a_neighbouring_domain_is_a_near_miss_and_another_field_is_not():
    who = people.annotator(domains=("medicine.cardiology",))
    tasks.project(name="Beside", domain="medicine.surgery", credential_required=False)
    tasks.project(name="Elsewhere", domain="law", credential_required=False)
    assert near(who) == [("Beside", ["domain_missing"])]
    (one,) = misses.near(who.pk)
    assert not one.explained
    assert not misses.visible(who.pk, one.project.pk)


def test_ten_near_misses_at_most():
    who = people.annotator(domains=(tasks.DOMAIN,))
    for _ in range(12):
        tasks.project()
    assert len(near(who)) == 10


def parts(**other):
    return {
        "quality": 0.5, "fit": 0.5, "cost": 0.5, "fairness": 1, "exploration": 0.5, "newcomer": 1,
        "deadline": 0, "ageing": 0, **other,
    }  # fmt: skip


def test_reasons_are_the_weighted_parts_in_words():
    row = Project(weight_quality=1, weight_fit=0.3, weight_price=0.2, weight_urgency=0.5)
    row.weight_fairness, row.weight_exploration = 0.3, 0.001
    assert [(one.text, one.points) for one in reasons.of(row, parts())] == [
        ("What your credentials and your answers so far speak for", 0.5),
        ("You have had none of it yet", 0.3),
        ("How near it is to your field", 0.15),
        ("What it costs, against what a right answer is worth", -0.1),
    ]
    row.rank = 1
    old = parts(newcomer=0, quality=0.817, fairness=0.5, cost=0, deadline=2, ageing=0.25, fit=0)
    assert [(one.text, one.points) for one in reasons.of(row, old)] == [
        ("The platform puts this project before others", 0),
        ("Its deadline comes nearer", 1.0),
        ("At least 81 of 100 of your answers are expected to be right", 0.82),
        ("It has waited for somebody to take a task", 0.25),
        ("You have had less of it than others", 0.15),
    ]


def test_the_list_says_why_a_project_comes_first_and_how_much_is_left_today():
    who = tasks.expert()
    row = tasks.project(tasks=3, expected_minutes=25)
    Skill.objects.create(
        annotator=who, domain_id=tasks.DOMAIN, alpha=90, beta=10, lower=0.85, upper=0.94,
        gold_seen=60,
    )  # fmt: skip
    matching.refresh_annotator(annotator_id=who.pk)
    tasks.claim(who)
    (opening,) = work.openings(who.pk)
    assert [(one.text, one.points) for one in opening.reasons[:2]] == [
        ("At least 85 of 100 of your answers are expected to be right", 0.85),
        ("You have had none of it yet", 0.3),
    ]
    page = text(signed_in(who.user).get(reverse("tasks:work")))
    assert "Why this comes first" in page
    assert "At least 85 of 100 of your answers are expected to be right" in page
    assert "+0.85" in page
    assert "1 of 3 open" in page
    assert "1 of 500 claimed today" in page
    assert "25 of 720 expected minutes today" in page
    assert reverse("tasks:why", args=[row.pk]) in page


def test_nothing_to_claim_says_why_and_when_to_ask_again_and_keeps_the_button():
    who, other = tasks.expert(), tasks.expert()
    tasks.project()
    Assignment.objects.filter(pk=tasks.claim(other).pk).update(
        leased_until=clock.now() + dt.timedelta(minutes=4)
    )
    page = signed_in(who.user)
    reply = text(page.post(reverse("tasks:next"), follow=True))
    assert (
        "There is no open task for you at the moment. 1 of your projects has no free task just "
        "now. Ask again in about 4 minutes."
    ) in reply
    assert f'action="{reverse("tasks:next")}"' in reply
    Assignment.objects.update(leased_until=clock.now())
    assert "Ask again in about 1 minute." in text(page.post(reverse("tasks:next"), follow=True))


def statements(page):
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert page.get(reverse("tasks:work")).status_code == 200
    return len(caught)


def test_the_list_costs_the_same_whatever_there_is():
    who = tasks.expert()
    tasks.project(tasks=2)
    tasks.project(languages=["fr"])
    tasks.claim(who)
    page = signed_in(who.user)
    few = statements(page)
    for _ in range(5):
        tasks.project(tasks=2)
        tasks.project(languages=["fr"])
    tasks.claim(who)
    assert statements(page) == few <= 16


def test_a_cap_of_the_moment_takes_the_place_of_the_button():
    who = tasks.expert()
    row = tasks.project(tasks=3)
    Project.objects.filter(pk=row.pk).update(most_each=1)
    tasks.claim(who)
    (opening,) = work.openings(who.pk)
    sentence = "You have done as many tasks of this project as it allows one expert (1 of 1)."
    assert opening.stopped == sentence
    page = signed_in(who.user).get(reverse("tasks:work")).content.decode()
    assert sentence in page
    assert reverse("tasks:next_of_project", args=[row.pk]) not in page
