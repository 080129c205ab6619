"""Pages: the client's forecast, and the desk's dry run and rank."""

import datetime as dt
import html
import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse

from accounts.models import AnnotatorProfile
from marketplace.core import clock
from marketplace.core.models import AuditEntry
from tasks.models import Candidate, Matching, Project
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(reply):
    assert reply.status_code == 200
    plain = re.sub(r"<[^>]+>", " ", reply.content.decode())
    return html.unescape(re.sub(r"\s+", " ", plain))


def page(row):
    owner = row.organization.memberships.get().user
    return text(signed_in(owner).get(reverse("tasks:client_project", args=[row.pk])))


@pytest.fixture
def desk():
    person = people.staff()
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    return signed_in(person)


def test_a_client_reads_the_forecast_and_what_it_rests_on():
    who = work.expert()
    row = work.project(active=False, tasks=15, fund=0)
    seen = page(row)
    assert "Eligible experts 1 Active in the last 14 days 1 Answers still wanted 15" in seen
    assert "Days to finish about 2.5" in seen
    assert "The answers still wanted cost $90.00 more than there is" in seen
    assert "1 active expert without history is taken to give an hour a day." in seen
    assert "It rests on what" not in seen
    assert str(who.pseudonym) not in seen


def test_a_client_reads_why_a_project_gets_nowhere():
    row = work.project(tasks=3)
    people.annotator(domains=(work.DOMAIN,))
    seen = page(row)
    assert "Each task needs 1 expert, and 0 can do it now." in seen
    assert "Most are excluded by “Verified credential”: 1." in seen
    Matching.objects.update(slowed_at=clock.now(), slowed_why="9 answers wait for a review.")
    Project.objects.update(funds_short_at=clock.now())
    seen = page(row)
    assert "Nothing is handed out at the moment: 9 answers wait for a review." in seen
    assert "The project is short of funds" in seen


def test_a_client_reads_that_nobody_is_there_or_that_the_deadline_will_pass():
    who = work.expert()
    row = work.project(tasks=12)
    Project.objects.update(deadline=clock.after(dt.timedelta(days=1)))
    assert "will hardly be met" in page(row)
    Project.objects.update(deadline=clock.after(dt.timedelta(days=3)), most_each=5)
    assert "The caps for each expert do not allow the active ones to finish." in page(row)
    AnnotatorProfile.objects.filter(pk=who.pk).update(created_at=clock.after(-dt.timedelta(15)))
    assert "None of the eligible experts has been active" in page(row)
    Project.objects.update(overlap=2)
    assert "Each task needs 2 experts, and 1 can do it now." in page(row)


def test_a_closed_project_has_no_forecast():
    row = work.project()
    Project.objects.update(state="closed")
    assert "Experts and forecast" not in page(row)


def test_staff_try_weights_and_nothing_changes(desk):
    who = work.expert()
    row = work.project(tasks=4)
    kept = list(Candidate.objects.values())
    url = reverse("admin:tasks_dry_run", args=[row.pk])
    change = desk.get(reverse("admin:tasks_project_change", args=[row.pk]))
    assert url in change.content.decode()
    seen = text(desk.get(url))
    assert "Preset balanced balanced" in seen
    assert "1 experts are eligible, 1 of them active lately" in seen
    reply = desk.get(url, {"preset": "careful"})
    assert 'name="quality" value="2.0"' in reply.content.decode()
    seen = text(reply)
    assert "Preset balanced careful" in seen
    assert f"1 1 {who.pseudonym}" in seen
    own = {"preset": "", **dict.fromkeys(("fit", "price", "urgency", "fairness"), 0)}
    seen = text(desk.get(url, {**own, "quality": 1, "exploration": 0}))
    # the prior of a verified credential is all there is
    assert f"1 1 {who.pseudonym} 0.473" in seen
    seen = text(desk.get(url, {**own, "quality": -1}))
    assert "/weights/quality: Must be a number from 0 to 100." in seen
    assert "/weights/exploration: Must be a number from 0 to 100." in seen
    assert list(Candidate.objects.values()) == kept
    assert Project.objects.get().weight_quality == 1


def test_staff_rank_a_project_with_a_reason(desk):
    row = work.project()
    url = reverse("admin:tasks_rank", args=[row.pk])
    assert "This field is required." in text(desk.post(url, {"rank": 3, "reason": ""}))
    assert "less than or equal to 10" in text(desk.post(url, {"rank": 11, "reason": "x"}))
    assert Project.objects.get().rank == 0
    reply = desk.post(url, {"rank": 3, "reason": "A pilot."})
    assert reply.url == reverse("admin:tasks_project_change", args=[row.pk])
    assert Project.objects.get().rank == 3
    assert AuditEntry.objects.get(verb="project_ranked").reason == "A pilot."


def test_the_pages_of_an_unknown_project_are_none(desk):
    for name in ("tasks_dry_run", "tasks_rank"):
        url = reverse(f"admin:{name}", args=["00000000-0000-7000-8000-000000000000"])
        assert desk.get(url).status_code == 404
