"""Why (not): every rule to the expert it concerns, without a name; near misses; the work list."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import (
    AnnotatorProfile,
    Credential,
    ListEntry,
    Nda,
    Qualification,
    Team,
    Wall,
)
from accounts.selectors.actors import of_user
from marketplace.core import clock
from tasks.actions import assignments, expiry, matching, requests
from tasks.matching import instant
from tasks.matching.rules import PAIR_RULES
from tasks.matching.task_rules import TASK_RULES
from tasks.models import (
    Assignment,
    Candidate,
    CollusionMember,
    Matching,
    Project,
    ReviewAssignment,
    Task,
)
from tasks.selectors import explain, told
from tests.support import factories_accounts as people
from tests.support import factories_tasks as tasks

pytestmark = pytest.mark.django_db
ALL_RULES = [
    *PAIR_RULES,
    *instant.PROJECT_RULES,
    instant.FUNDED,
    *instant.ANNOTATOR_RULES,
    *TASK_RULES,
]
NAMES = ["Acme", "Globex", "Bob Miller", "bob@rivals.test", "Hearts", "Slow at it", "Pair found"]


def signed_in(person):
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(reply):
    assert reply.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", reply.content.decode()))


def lines(page):
    """The rules of a why page: code and whether it holds."""
    return dict(re.findall(r'data-rule="(\w+)"\s+data-holds="(\w+)"', page))


def release(claim):
    assignments.release(
        assignment_id=claim.pk, fence=claim.fence, reason="", by=of_user(claim.annotator.user)
    )


def has_seen(who, submission):
    """The annotator has looked at somebody's answer as a reviewer; planted past the guard that
    keeps reviewers from tasks they work on."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    ReviewAssignment.objects.create(
        request=requests.ask(kind="first", submission=submission, by=tasks.BY),
        task=submission.task, submission=submission, reviewer=who.user, currency="usd", price_minor=0, fee_minor=0,
        leased_until=clock.now(),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")


def together(*annotators):
    for one in annotators:
        CollusionMember.objects.create(
            annotator=one, component=annotators[0].pk, reason="Pair found with Bob Miller"
        )


@pytest.fixture
def planted(settings):
    """Everything that may stand between an annotator and a task, with names wherever facts hold
    some; returns the annotator's claim on it."""
    client, rival = people.organization("Acme"), people.organization("Globex")
    who = tasks.expert()
    bob = tasks.expert(person=people.user(email="bob@rivals.test", name="Bob Miller"))
    row = tasks.project(client=client, name="Acme judges", overlap=3)
    given = tasks.claim(who, project_id=row.pk)
    release(given)
    claim = tasks.claim(who, project_id=row.pk, task_id=given.task_id)
    has_seen(who, tasks.submit(tasks.claim(bob, project_id=row.pk)))
    together(who, bob)
    tasks.claim(who, project_id=tasks.project(client=rival).pk)
    first, second = sorted([client.pk, rival.pk])
    Wall.objects.create(first_id=first, second_id=second, months=1, reason="Globex hates Acme")
    ListEntry.objects.create(organization=client, annotator=who, kind="deny", reason="Slow at it")
    people.paused(who, "Copied Bob Miller at Globex")
    row.qualifications.set([Qualification.objects.create(name="Acme exam", organization=client)])
    nda = Nda.objects.create(organization=client, version=1, title="Secrets of Acme", text="…")
    people.suspended(who)
    AnnotatorProfile.objects.filter(pk=who.pk).update(country="BR", languages=["de"])
    who.domains.set(["medicine"])
    Credential.objects.all().update(state="expired")
    Project.objects.filter(pk=row.pk).update(
        state="paused", min_tier=3, countries=["US"], invited_only=True, nda=nda,
        team=Team.objects.create(name="Hearts of Acme"), most_open=1, most_daily=1, most_each=1,
        funds_short_at=clock.now(),
    )  # fmt: skip
    Matching.objects.filter(project=row).update(
        slowed_at=clock.now(), slowed_why="Acme's reviewers rest", share_cap=1, newcomers=1
    )
    Candidate.objects.filter(project=row, annotator=who).update(newcomer=False)
    Task.objects.filter(pk=claim.task_id).update(starter=True)
    settings.OPEN_CLAIMS_MAX = settings.DAILY_CLAIMS_MAX = settings.DAILY_MINUTES_MAX = 1
    return claim


STATES = [
    ({"state": "filled", "open_slots": 0}, "task_filled"),
    ({"state": "concluded", "open_slots": 0}, "task_over"),
    (
        {"state": "attention", "open_slots": 1, "attention_at": "2026-01-01T00:00Z"},
        "task_set_aside",
    ),
]


@pytest.mark.parametrize(("state", "code"), STATES)
def test_no_sentence_names_a_client_a_rival_or_another_annotator(planted, state, code):
    Task.objects.filter(pk=planted.task_id).update(**state)
    page = text(signed_in(planted.annotator.user).get(reverse("tasks:why_task", args=[planted.pk])))
    state_of_task = {code for _, code in STATES} | {"not_by_name"}
    codes = [one.code if one.code != "walled_off" else told.NOT_OPEN for one in ALL_RULES]
    # they have answered it: how it stands is told to staff only
    assert lines(page) == {one: "no" for one in codes if one not in state_of_task}
    assert "Not open to you at present." in page
    assert [word for word in ("walled_off", "Competing") if word in page] == []
    assert [name for name in NAMES if name.lower() in page.lower()] == []
    assert "Confidential project" in page
    assert "This work needs qualifications that you do not hold: the client exam." in page
    why = explain.why_not(planted.annotator_id, planted.project_id, planted.task_id)
    assert {one.rule.code for one in why.broken} & state_of_task == {code}
    facts = str([one.fact for one in why.findings])
    known = [name for name in NAMES if name in facts]  # the control: staff's facts name them
    assert set(known) >= set(NAMES) - ({"bob@rivals.test"} if state["state"] != "filled" else set())


def test_every_rule_has_a_sentence_and_what_would_change_it(planted):
    why = explain.why_not(planted.annotator_id, planted.project_id, planted.task_id)
    for one in told.expert(why):
        assert (one.holds, bool(one.sentence), bool(one.remedy)) in {
            (True, False, False),
            (False, True, True),
        }
        assert "{" not in one.sentence + one.remedy


NOT_MINE = instant.NOT_MINE.format(
    annotator="%(annotator)s",
    user="%(user)s",
    component="(SELECT component FROM tasks_collusionmember WHERE annotator_id = %(annotator)s)",
    again="{again}",
)


def free_for(who, task, again):
    values = {"annotator": who.pk, "user": who.user_id, "task": task.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM tasks_task task WHERE id = %(task)s AND {NOT_MINE.format(again=again)}",
            values,
        )
        return cursor.fetchone() is not None


def gave_back(who, other):
    release(tasks.claim(who))


def ran_out(who, other):
    Assignment.objects.filter(pk=tasks.claim(who).pk).update(leased_until="2020-01-01T00:00Z")
    expiry.expire_assignments(by=tasks.BY)


def fellow_is_on_it(who, other):
    together(who, other)
    tasks.claim(other)


def fellow_was_on_it(who, other):
    together(who, other)
    release(tasks.claim(other))


@pytest.mark.parametrize(
    ("before", "codes"),
    [
        (lambda who, other: None, []),
        (lambda who, other: tasks.claim(who), ["already_on_task"]),
        (gave_back, ["given_back"]),
        (ran_out, []),
        (lambda who, other: tasks.claim(other), []),
        (fellow_is_on_it, ["not_independent"]),
        (fellow_was_on_it, []),
        (lambda who, other: has_seen(who, tasks.submit(tasks.claim(other))), ["answer_seen"]),
    ],
)
def test_the_rules_of_a_task_say_what_the_claim_says(before, codes):
    who, other = tasks.expert(), tasks.expert()
    row = tasks.project(overlap=3)
    before(who, other)
    task = Task.objects.get()
    why = explain.why_not(who.pk, row.pk, task.pk)
    assert [one.rule.code for one in why.of_task if not one.holds] == codes
    assert [one.rule.code for one in why.broken] == codes
    assert free_for(who, task, instant.EXPIRED_AGAIN) is (codes == [])
    assert free_for(who, task, instant.ANY_END_AGAIN) is (codes in ([], ["given_back"]))


def test_a_starter_is_kept_while_newcomers_are_around():
    who = tasks.expert()
    row = tasks.project()
    Task.objects.update(starter=True)

    def kept():
        why = explain.why_not(who.pk, row.pk, Task.objects.get().pk)
        return [one.rule.code for one in why.of_task if not one.holds]

    assert kept() == []
    Candidate.objects.update(newcomer=False)
    assert kept() == ["kept_for_newcomers"]
    Matching.objects.update(newcomers=0)
    assert kept() == []


def test_the_page_of_a_project_is_for_those_of_its_domain_and_those_who_claimed_in_it():
    who, stranger = tasks.expert(), tasks.expert(domains=("law",))
    row = tasks.project(name="Judge functions", languages=["fr"])
    url = reverse("tasks:why", args=[row.pk])
    page = text(signed_in(who.user).get(url))
    assert "1 rule stops you" in page
    assert "This work needs languages you did not name: fr." in page
    assert "Add fr to your profile if you work in it." in page
    assert [code for code, holds in lines(page).items() if holds == "no"] == ["language_missing"]
    assert signed_in(stranger.user).get(url).status_code == 404
    assert signed_in(people.user()).get(url).status_code == 404
    AnnotatorProfile.objects.filter(pk=who.pk).update(languages=["en", "fr"])
    matching.refresh_annotator(annotator_id=who.pk)
    assert "Open to you" in text(signed_in(who.user).get(url))
    tasks.claim(who)
    who.domains.set(["law"])
    assert lines(text(signed_in(who.user).get(url)))["domain_missing"] == "no"
    Assignment.objects.all().delete()
    assert signed_in(who.user).get(url).status_code == 404
    who.domains.set([tasks.DOMAIN])
    Project.objects.update(state="draft")
    assert signed_in(who.user).get(url).status_code == 404


def test_anothers_claim_is_not_explained():
    claim = None
    who = tasks.expert()
    tasks.project()
    claim = tasks.claim(who)
    url = reverse("tasks:why_task", args=[claim.pk])
    assert signed_in(tasks.expert().user).get(url).status_code == 404
    assert lines(text(signed_in(who.user).get(url)))["already_on_task"] == "no"


def test_a_client_reads_counts_and_no_person():
    owner = people.user()
    client = people.organization("Acme", owner=owner)
    row = tasks.project(client=client, languages=["fr"])
    tasks.expert(languages=("fr", "en"))
    who = tasks.expert()
    people.paused(who, "Slow at it")
    url = reverse("tasks:client_who", args=[row.pk])
    page = text(signed_in(owner).get(url))
    assert "<strong>1</strong><span>eligible, of 2 experts" in page
    assert re.search(r"Languages</th> <td[^>]*>1</td> <td[^>]*>0</td>", page)
    for hidden in ("Paused", "Competing clients", "good standing", "Slow at it", who.user.email):
        assert hidden not in page
    assert signed_in(people.user()).get(url).status_code == 404
    assert url in text(signed_in(owner).get(reverse("tasks:client_project", args=[row.pk])))
