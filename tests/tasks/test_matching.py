"""Eligibility: one list of rules, kept as candidate rows, for annotators and for projects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AnnotatorProfile, Credential
from marketplace.core import outbox
from tasks.actions import matching, projects
from tasks.matching import rules
from tasks.models import Candidate
from tasks.selectors import facts, work
from tests.support import factories_accounts as people
from tests.support import factories_tasks as tasks

EXPERT = rules.AnnotatorFacts(
    active=True,
    domains=frozenset({"medicine.cardiology"}),
    credentials=frozenset({"medicine.cardiology"}),
    languages=frozenset({"en", "de"}),
    country="DE",
    payable=True,
)
WANTED = rules.ProjectFacts(
    domain="medicine",
    credential_required=True,
    languages=frozenset({"de"}),
    countries=frozenset({"DE", "AT"}),
)


def changed(row, **other):
    return type(row)(**{**{name: getattr(row, name) for name in row.__slots__}, **other})


def test_an_expert_who_meets_every_rule_is_eligible():
    assert rules.eligible(rules.Pair(EXPERT, WANTED))


@pytest.mark.parametrize(
    ("who", "wanted", "code", "sentence"),
    [
        ({"active": False}, {}, "annotator_suspended", "Your profile is suspended."),
        ({}, {"domain": "law"}, "domain_missing", "This work is for experts in law."),
        (
            {"domains": frozenset({"medicine"})},
            {"domain": "medicine.cardiology"},
            "domain_missing",
            "This work is for experts in medicine.cardiology.",
        ),
        (
            {"credentials": frozenset({"medicinee"})},
            {},
            "credential_missing",
            "This work needs a verified credential in medicine.",
        ),
        (
            {"languages": frozenset({"de"})},
            {"languages": frozenset({"de", "fr", "en"})},
            "language_missing",
            "This work needs languages you did not name: en, fr.",
        ),
        (
            {"country": "CH"},
            {},
            "country_not_allowed",
            "This work is not open to your country.",
        ),
        (
            {"payable": False},
            {},
            "no_payout_rail",
            "There is no way yet to pay you in your country.",
        ),
    ],
)
def test_each_rule_stops_with_its_sentence(who, wanted, code, sentence):
    pair = rules.Pair(changed(EXPERT, **who), changed(WANTED, **wanted))
    stopped = rules.failed(rules.PAIR_RULES, pair)
    assert code in [rule.code for rule in stopped]
    assert sentence in [rule.sentence(pair) for rule in stopped]


@pytest.mark.parametrize(
    ("facts_", "code"),
    [
        ({"open_claims": 3, "most_claims": 3}, "cap_reached"),
        ({"already_on_task": True}, "already_on_task"),
        ({"project_active": False}, "project_not_active"),
        ({"funded": False}, "funds_short"),
    ],
)
def test_each_instant_rule_stops(facts_, code):
    moment = rules.Moment(**facts_)
    (stopped,) = rules.failed(rules.INSTANT_RULES, moment)
    assert stopped.code == code
    assert stopped.sentence(moment).endswith((".", "first."))


def test_proof_counts_more_than_depth_and_depth_more_than_nothing():
    deep = changed(WANTED, domain="medicine.cardiology")
    claims = changed(EXPERT, credentials=frozenset())
    scores = [
        rules.score(rules.Pair(EXPERT, deep)),
        rules.score(rules.Pair(EXPERT, WANTED)),
        rules.score(rules.Pair(claims, deep)),
        rules.score(rules.Pair(claims, WANTED)),
    ]
    assert scores == [120, 110, 20, 10]


@given(st.sampled_from(["a", "a.b", "a.b.c", "ab", "b"]), st.sampled_from(["a", "a.b", "b"]))
def test_a_subtree_is_its_root_and_what_hangs_below(path, domain):
    assert rules.within(path, domain) == (
        path.split(".")[: domain.count(".") + 1] == domain.split(".")
    )


@pytest.mark.django_db
def test_candidates_are_exactly_the_eligible_pairs_from_either_side():
    crowd = [
        tasks.expert(),
        tasks.expert(domains=("medicine.cardiology",)),
        tasks.expert(country="BR"),
        tasks.expert(country="US", languages=("en", "de")),
        tasks.expert(state="suspended"),
        people.annotator(),
    ]
    wanted = [
        tasks.project(),
        tasks.project(domain="engineering", credential_required=False, languages=[]),
        tasks.project(languages=["de", "en"], countries=["US", "DE"]),
        tasks.project(domain="medicine", countries=["FR"]),
        tasks.project(active=False),
    ]
    projects.pause(project_id=wanted[0].pk, by=tasks.BY)
    expected = {
        (who.pk, row.pk)
        for who in crowd
        for row in wanted[:4]
        if rules.eligible(rules.Pair(facts.of_annotator(who.pk), facts.of_project(row)))
    }
    assert len(expected) == 6
    by_projects = set(Candidate.objects.values_list("annotator", "project"))
    for who in crowd:
        matching.refresh_annotator(annotator_id=who.pk)
    assert by_projects == expected
    assert set(Candidate.objects.values_list("annotator", "project")) == expected
    Candidate.objects.all().delete()
    for row in wanted:
        matching.refresh_project(project_id=row.pk)
    assert set(Candidate.objects.values_list("annotator", "project")) == expected


@pytest.mark.django_db
def test_a_lost_credential_takes_the_candidacy_away_and_twice_is_the_same():
    who = tasks.expert()
    row = tasks.project()
    assert matching.refresh_annotator(annotator_id=who.pk) == 1
    Credential.objects.update(state="expired")
    assert matching.refresh_annotator(annotator_id=who.pk) == 0
    assert matching.refresh_project(project_id=row.pk) == 0
    assert Candidate.objects.count() == 0
    Credential.objects.update(state="verified")
    for _ in range(2):
        assert matching.refresh_project(project_id=row.pk) == 1
    assert Candidate.objects.get().score == 120


@pytest.mark.django_db
def test_unknown_rows_are_nobody():
    stranger = people.user().pk
    assert matching.refresh_annotator(annotator_id=stranger) == 0
    assert matching.refresh_project(project_id=stranger) == 0


@pytest.mark.django_db
def test_events_and_the_nightly_sweep_reach_the_candidates():
    who = tasks.expert()
    tasks.project()
    Candidate.objects.all().delete()
    outbox.emit("accounts.annotator_changed", annotator_id=str(who.pk))
    tasks.run_jobs("tasks.refresh_annotator")
    assert Candidate.objects.count() == 1
    Candidate.objects.all().delete()
    assert matching.rebuild() == 1
    tasks.run_jobs("tasks.refresh_project")
    assert Candidate.objects.count() == 1


@pytest.mark.django_db
def test_offers_say_what_a_project_has_for_this_annotator():
    who = tasks.expert()
    tasks.project(tasks=3, overlap=2)
    tasks.project(tasks=1, domain="law")
    broke = tasks.project(tasks=1, fund=0, domain="engineering")
    tasks.claim(who)
    first, second = work.offers(who.pk)
    assert (first.open_tasks, first.funded) == (2, True)
    assert (second.project, second.open_tasks, second.funded) == (broke, 1, True)
    AnnotatorProfile.objects.filter(pk=who.pk).update(bio="x")
    assert [row.project for row in work.held(who.pk)] == [first.project]
