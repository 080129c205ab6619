"""The desk's pages: why (not) with every fact, who could, and a task handed out by staff."""

import html
import re
import uuid

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse

from accounts.models import AnnotatorProfile, Wall
from marketplace.core.models import AuditEntry
from tasks.actions import matching
from tasks.models import Assignment, Matching, Task
from tests.support import factories_accounts as people
from tests.support import factories_tasks as tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return people.staff(is_superuser=False)


@pytest.fixture
def desk(staff):
    TOTP.activate(staff, "JBSWY3DPEHPK3PXP")
    client = Client()
    client.force_login(staff)
    return client


def text(reply):
    assert reply.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", reply.content.decode()))


def why(desk, **asked):
    return text(desk.get(reverse("admin:tasks_why"), {k: str(v) for k, v in asked.items()}))


def rows(page, mark):
    return re.findall(rf'class="{mark}"\s+data-rule="(\w+)"', page)


def test_every_rule_with_its_fact_names_and_score(desk):
    who = tasks.expert()
    rival, row = tasks.project(name="Theirs"), tasks.project(name="Ours")
    first, second = sorted([row.organization_id, rival.organization_id])
    Wall.objects.create(first_id=first, second_id=second, months=1, reason="Rivals")
    tasks.claim(who, project_id=rival.pk)
    page = why(desk, annotator=who.user.email.upper(), project=row.pk)
    assert rows(page, "broken") == ["walled_off"]
    assert len(rows(page, "holds")) == 13 + 7 + 3
    assert f"rivals: {rival.organization.name} " in page
    assert row.organization.name in page
    assert "1 rule stops them." in page
    score = who.candidacies.get(project=row)
    assert f'<td class="number">{score.score:.3f}</td>' in page
    assert reverse("admin:tasks_project_change", args=[row.pk]) in page
    assert reverse("admin:accounts_annotatorprofile_change", args=[who.pk]) in page
    matching.refresh_annotator(annotator_id=who.pk)
    assert "No candidate row." in why(desk, annotator=who.pseudonym, project=row.pk)


def test_a_task_names_its_project_and_who_took_it(desk):
    who, other = tasks.expert(), tasks.expert()
    tasks.project()
    tasks.claim(other)
    task = Task.objects.get()
    page = why(desk, annotator=who.pk, task=task.pk)
    assert rows(page, "broken") == ["task_filled"]
    assert other.user.email in page


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"annotator": "nobody@example.test"}, "There is no such annotator."),
        ({"annotator": uuid.UUID(int=1)}, "There is no such annotator."),
        ({}, "Name a project or a task."),
        ({"project": uuid.UUID(int=1)}, "There is no such annotator, project or task."),
        ({"project": "x"}, "Enter a valid UUID."),
        ({"task": uuid.UUID(int=1)}, "There is no such task, or not in this project."),
    ],
)
def test_what_does_not_exist_is_said(desk, asked, fault):
    who = tasks.expert()
    page = why(desk, **{"annotator": who.pk, **asked})
    assert fault in page
    assert "data-rule" not in page


def test_the_empty_form_takes_the_project_of_its_link(desk):
    row = tasks.project()
    change = text(desk.get(reverse("admin:tasks_project_change", args=[row.pk])))
    link = f"{reverse('admin:tasks_why')}?project={row.pk}"
    assert link in change
    assert f'value="{row.pk}"' in text(desk.get(link))
    assert reverse("admin:tasks_who", args=[row.pk]) in change
    assert reverse("admin:tasks_fairness_one", args=[row.pk]) in change
    task = Task.objects.get()
    link = f"{reverse('admin:tasks_why')}?task={task.pk}"
    assert link in text(desk.get(reverse("admin:tasks_task_change", args=[task.pk])))
    assert f'value="{task.pk}"' in text(desk.get(link))
    home = text(desk.get("/admin/"))
    assert reverse("admin:tasks_why") in home
    assert reverse("admin:tasks_fairness") in home


def hand_out(desk, **posted):
    values = {"claim": uuid.uuid4(), **posted}
    reply = desk.post(reverse("admin:tasks_hand_out"), values, follow=True)
    return text(reply)


def test_staff_hand_a_task_out_by_the_one_claim(desk, staff):
    who = tasks.expert()
    row = tasks.project(tasks=2)
    second = Task.objects.get(external_id="t1")
    claim = uuid.uuid4()
    for _ in range(2):  # sent twice, it is one claim
        page = hand_out(desk, annotator=who.pk, project=row.pk, task=second.pk, claim=claim)
        assert f"Task {second.pk} is handed out." in page
    made = Assignment.objects.get()
    assert (made.pk, made.annotator, made.task) == (claim, who, second)
    (entry,) = AuditEntry.objects.filter(verb="claimed")
    assert (entry.actor, entry.subject) == (f"staff:{staff.pk}", f"assignment:{claim}")
    hand_out(desk, annotator=who.pk, project=row.pk)
    assert Assignment.objects.count() == 2


def test_a_refusal_of_the_claim_is_shown_and_nothing_is_handed_out(desk):
    who = tasks.expert()
    row = tasks.project()
    AnnotatorProfile.objects.filter(pk=who.pk).update(languages=["de"])
    page = hand_out(desk, annotator=who.pk, project=row.pk)
    assert "This work needs languages you did not name: en." in page
    assert rows(page, "broken") == ["language_missing"]
    assert not Assignment.objects.exists()
    assert desk.get(reverse("admin:tasks_hand_out")).status_code == 302
    hand_out(desk, annotator="nobody", project=row.pk)
    hand_out(desk, annotator=who.pk, project=row.pk, claim="")
    assert not Assignment.objects.exists()


def test_who_could_do_a_project(desk):
    row = tasks.project(languages=["de"])
    able, mute = tasks.expert(languages=("de",)), tasks.expert()
    tasks.expert(domains=("law",))
    matching.refresh_project(project_id=row.pk)
    page = text(desk.get(reverse("admin:tasks_who", args=[row.pk])))
    found = {
        code: (int(stops), int(alone))
        for code, stops, alone in re.findall(
            r'data-rule="(\w+)">.*?number">(\d+)</td> <td class="number">(\d+)</td>', page
        )
    }
    assert len(found) == 14
    assert {code: n for code, n in found.items() if n[0]} == {
        "language_missing": (2, 1),
        "domain_missing": (1, 0),
        "credential_missing": (1, 0),
    }
    assert able.user.email in page or str(able) in page
    assert str(mute) not in page
    assert f"annotator={able.pk}" in page
    Matching.objects.all().delete()
    assert "Best candidates" in text(desk.get(reverse("admin:tasks_who", args=[row.pk])))
    assert desk.get(reverse("admin:tasks_who", args=[uuid.uuid4()])).status_code == 404
