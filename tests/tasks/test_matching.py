"""Eligibility: one list of rules, kept as candidate rows, for annotators and for projects."""

import datetime as dt

import pytest

from accounts.models import (
    AnnotatorProfile,
    Credential,
    ListEntry,
    Nda,
    NdaSignature,
    Pause,
    Qualification,
    QualificationGrant,
    Team,
    TeamMember,
    Wall,
)
from accounts.states import AdverseKind
from marketplace.core import clock, outbox
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry
from tasks.actions import matching, projects
from tasks.matching.rules import PAIR_RULES
from tasks.models import Candidate, Matching, Project
from tasks.selectors import eligibility, work
from tests.support import factories_accounts as people
from tests.support import factories_tasks as tasks

pytestmark = pytest.mark.django_db


def world(**wanted):
    """A cardiologist in Germany, and a project for cardiologists."""
    who = tasks.expert(domains=("medicine.cardiology",), country="DE", languages=("en", "de"))
    row = tasks.project(domain="medicine", languages=["de"], countries=["DE", "AT"], **wanted)
    return who, row


def broken(who, row):
    """The rules that stop the pair, and whether the candidate rows say the same from both sides."""
    codes = [
        one.rule.code
        for one in eligibility.of_pair(who.pk, row.pk)
        if not one.holds and one.rule in PAIR_RULES
    ]
    for refresh in (
        lambda: matching.refresh_annotator(annotator_id=who.pk),
        lambda: matching.refresh_project(project_id=row.pk),
    ):
        Candidate.objects.all().delete()
        refresh()
        assert Candidate.objects.filter(annotator=who, project=row).exists() == (not codes)
    return codes


def sentence(who, row, code):
    found = {one.rule.code: one for one in eligibility.of_pair(who.pk, row.pk)}
    return found[code].sentence


def test_an_expert_who_meets_every_rule_is_eligible():
    who, row = world()
    assert broken(who, row) == []
    assert all(one.holds for one in eligibility.of_pair(who.pk, row.pk))


@pytest.mark.parametrize(
    ("annotator", "project", "codes", "text"),
    [
        ({"state": "suspended"}, {}, ["annotator_suspended"], "Your profile is suspended."),
        (
            {},
            {"domain_id": "law"},
            ["domain_missing", "credential_missing"],
            "This work is for experts in law.",
        ),
        (
            {},
            {"min_tier": 3},
            ["tier_too_low"],
            "This work is for tier 3 and above; you are in tier 1.",
        ),
        (
            {"languages": ["de"]},
            {"languages": ["de", "fr", "en"]},
            ["language_missing"],
            "This work needs languages you did not name: en, fr.",
        ),
        (
            {"country": "CH"},
            {},
            ["country_not_allowed"],
            "This work is not open to your country.",
        ),
        (
            {"country": "BR"},
            {"countries": []},
            ["no_payout_rail"],
            "There is no way yet to pay you in your country.",
        ),
        ({}, {"invited_only": True}, ["not_invited"], "This work is by invitation only."),
    ],
)
def test_each_column_stops_with_its_sentence(annotator, project, codes, text):
    who, row = world()
    people.against(who, AdverseKind.REMOVAL, f"annotator:{who.pk}")
    AnnotatorProfile.objects.filter(pk=who.pk).update(**annotator)
    Project.objects.filter(pk=row.pk).update(**project)
    assert broken(who, row) == codes
    assert sentence(who, row, codes[0]) == text


def test_a_domain_above_or_beside_is_not_the_domain():
    who = people.annotator(domains=("medicine",))
    row = tasks.project(domain="medicine.cardiology", credential_required=False)
    assert broken(who, row) == ["domain_missing"]


def test_a_credential_counts_in_its_subtree_while_it_is_verified_and_valid():
    who, row = world()
    today = clock.now().date()
    for state, last, holds in [
        ("claimed", None, False),
        ("verified", today, True),
        ("verified", today - dt.timedelta(days=1), False),
    ]:
        Credential.objects.update(state=state, expires_on=last)
        assert broken(who, row) == ([] if holds else ["credential_missing"])
    Credential.objects.update(state="verified", expires_on=None, domain_id="law")
    assert broken(who, row) == ["credential_missing"]
    assert sentence(who, row, "credential_missing") == (
        "This work needs a verified credential in medicine."
    )


def test_every_qualification_is_needed_and_lapses():
    who, row = world()
    kinds = [Qualification.objects.create(name=name) for name in ("ECG", "Triage")]
    row.qualifications.set(kinds)
    QualificationGrant.objects.create(qualification=kinds[0], annotator=who, granted_by="x")
    assert broken(who, row) == ["qualification_missing"]
    assert sentence(who, row, "qualification_missing") == (
        "This work needs qualifications that you do not hold: Triage."
    )
    grant = QualificationGrant.objects.create(
        qualification=kinds[1], annotator=who, granted_by="x", expires_on=clock.now().date()
    )
    assert broken(who, row) == []
    people.against(who, AdverseKind.QUALIFICATION_LOSS, f"grant:{grant.pk}")
    QualificationGrant.objects.filter(pk=grant.pk).update(
        revoked_at=clock.now(), revoked_why="Failed the second look"
    )
    assert broken(who, row) == ["qualification_missing"]


def test_the_version_of_the_agreement_counts():
    who, row = world()
    first, second = (
        Nda.objects.create(organization=row.organization, version=n, title="Secrets", text="…")
        for n in (1, 2)
    )
    NdaSignature.objects.create(nda=first, annotator=who, name="A. Cardiologist")
    Project.objects.filter(pk=row.pk).update(nda=second)
    assert broken(who, row) == ["nda_missing"]
    NdaSignature.objects.create(nda=second, annotator=who, name="A. Cardiologist")
    assert broken(who, row) == []


def test_a_wall_stands_between_competing_clients_for_its_months():
    who, row = world()
    rival = tasks.project(domain="medicine")
    first, second = sorted([row.organization_id, rival.organization_id])
    wall = Wall.objects.create(first_id=first, second_id=second, months=1, reason="Rivals")
    assert broken(who, row) == []
    matching.refresh_annotator(annotator_id=who.pk)
    tasks.claim(who, project_id=rival.pk)
    assert broken(who, row) == ["walled_off"]
    fact = {one.rule.code: one.fact for one in eligibility.of_pair(who.pk, row.pk)}["walled_off"]
    assert fact == {"rivals": [rival.organization.name]}  # for staff
    assert rival.organization.name not in sentence(who, row, "walled_off")
    clock.advance(dt.timedelta(days=32))
    assert broken(who, row) == []
    clock.advance(dt.timedelta(days=0))
    Wall.objects.filter(pk=wall.pk).update(months=12)
    assert broken(who, row) == ["walled_off"]
    Wall.objects.filter(pk=wall.pk).update(lifted_at=clock.now())
    assert broken(who, row) == []


def test_a_claim_behind_a_wall_promises_the_match_and_the_next_claim_keeps_to_it():
    who, row = world()
    rival = tasks.project(domain="medicine")
    first, second = sorted([row.organization_id, rival.organization_id])
    Wall.objects.create(first_id=first, second_id=second, months=1, reason="Rivals")
    tasks.claim(who, project_id=rival.pk)
    assert Candidate.objects.filter(annotator=who).count() == 2  # the rows lag behind
    with pytest.raises(Refused) as caught:
        tasks.claim(who, project_id=row.pk)
    assert (caught.value.code, caught.value.status) == ("not_open", 403)
    tasks.run_jobs("tasks.refresh_annotator")
    assert list(who.candidacies.values_list("project", flat=True)) == [rival.pk]


def test_a_clients_lists_shut_out_and_let_in():
    who, row = world()
    entry = ListEntry.objects.create(
        organization=row.organization, annotator=who, kind="deny", reason="Slow"
    )
    assert broken(who, row) == ["shut_out"]
    assert "Slow" not in sentence(who, row, "shut_out")
    ListEntry.objects.filter(pk=entry.pk).update(kind="allow")
    Project.objects.filter(pk=row.pk).update(invited_only=True)
    assert broken(who, row) == []


def test_a_team_is_for_its_members():
    who, row = world()
    team = Team.objects.create(name="Hearts")
    Project.objects.filter(pk=row.pk).update(team=team)
    assert broken(who, row) == ["not_in_team"]
    TeamMember.objects.create(team=team, annotator=who)
    assert broken(who, row) == []


def test_a_pause_has_a_scope_and_an_end():
    who, row = world()
    until = clock.now() + dt.timedelta(hours=1)
    pause = people.paused(who, until=until)
    everywhere = {"domain_id": None, "organization_id": None, "project_id": None}
    for scope, stops in [
        ({}, True),
        ({"domain_id": "medicine"}, True),
        ({"domain_id": "medicine.cardiology"}, False),
        ({"organization_id": row.organization_id}, True),
        ({"organization_id": people.organization().pk}, False),
        ({"project_id": row.pk}, True),
        ({"project_id": who.pk}, False),
    ]:
        Pause.objects.filter(pk=pause.pk).update(**{**everywhere, **scope})
        assert broken(who, row) == (["paused"] if stops else [])
    Pause.objects.filter(pk=pause.pk).update(**everywhere)
    assert sentence(who, row, "paused") == "New work of this kind is paused for you: A break"
    clock.advance(dt.timedelta(hours=1))
    assert broken(who, row) == []


def test_counts_name_the_strictest_rule():
    row = tasks.project(domain="medicine", languages=["de"])
    tasks.expert(domains=("medicine",), languages=("de",))
    tasks.expert(domains=("medicine",), languages=("en",))
    tasks.expert(domains=("law",), languages=("en",))
    found = eligibility.counts(row.pk)
    assert (found.everybody, found.eligible) == (3, 1)
    stopped = {one.rule.code: (one.stops, one.alone) for one in found.rules if one.stops}
    assert stopped == {
        "language_missing": (2, 1),
        "domain_missing": (1, 0),
        "credential_missing": (1, 0),
    }
    assert found.strictest.rule.code == "language_missing"


def test_a_lost_credential_takes_the_candidacy_away_and_twice_is_the_same():
    who = tasks.expert()
    row = tasks.project()
    assert matching.refresh_annotator(annotator_id=who.pk) == 1
    Credential.objects.update(state="expired")
    assert matching.refresh_annotator(annotator_id=who.pk) == 0
    assert matching.refresh_project(project_id=row.pk) == 0
    assert Candidate.objects.count() == 0
    Credential.objects.update(state="verified")
    assert matching.refresh_project(project_id=row.pk) == 1
    before = Candidate.objects.values().get()
    assert matching.refresh_project(project_id=row.pk) == 1
    assert Candidate.objects.values().get() == before  # not even written


def test_unknown_rows_are_nobody():
    stranger = people.user().pk
    assert matching.refresh_annotator(annotator_id=stranger) == 0
    assert matching.refresh_project(project_id=stranger) == 0
    assert matching.prove_project(project_id=stranger, by=tasks.BY) == 0
    assert eligibility.of_pair(stranger, stranger) == []
    assert Matching.objects.count() == 0


def test_events_and_the_nightly_proof_reach_the_candidates():
    who = tasks.expert()
    row = tasks.project()
    Candidate.objects.all().delete()
    outbox.emit("accounts.annotator_changed", annotator_id=str(who.pk))
    tasks.run_jobs("tasks.refresh_annotator")
    assert Candidate.objects.count() == 1
    Candidate.objects.all().delete()
    assert matching.rebuild() == 1
    tasks.run_jobs("tasks.prove_candidates")
    assert Candidate.objects.count() == 1
    (entry,) = AuditEntry.objects.filter(verb="candidates_mended")
    assert (entry.subject, entry.data) == (f"project:{row.pk}", {"missing": 1, "wrong": 0})
    matching.rebuild()
    tasks.run_jobs("tasks.prove_candidates")
    assert AuditEntry.objects.filter(verb="candidates_mended").count() == 1


def test_offers_say_what_a_project_has_for_this_annotator():
    who = tasks.expert()
    tasks.project(tasks=3, overlap=2)
    tasks.project(tasks=1, domain="law")
    broke = tasks.project(tasks=1, fund=0, domain="engineering")
    tasks.claim(who)
    first, second = work.openings(who.pk)
    assert (first.open_tasks, first.funded) == (2, True)
    assert (second.project, second.open_tasks, second.funded) == (broke, 1, True)
    AnnotatorProfile.objects.filter(pk=who.pk).update(bio="x")
    assert [row.project for row in work.held(who.pk)] == [first.project]


def test_a_refresh_reckons_numbers_and_shares():
    for _ in range(3):
        tasks.expert()
    row = tasks.project(tasks=40, overlap=2)
    Project.objects.update(share_factor=1.5)
    matching.refresh_project(project_id=row.pk)
    found = Matching.objects.get(project=row)
    assert (found.eligible, found.active, found.newcomers, found.slots) == (3, 3, 3, 80)
    assert (found.share_cap, found.share_mean) == (40, 0)
    assert projects.pause(project_id=row.pk, by=tasks.BY).state == "paused"
