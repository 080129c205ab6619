"""Candidate rows are what the rules say, in any world, after whatever has happened in it."""

import datetime as dt
from collections import Counter

import pytest

from accounts.actions import suspension, walls
from accounts.models import Credential, QualificationGrant
from accounts.selectors.actors import of_staff, of_user
from marketplace.core import clock, outbox
from marketplace.core.models import AuditEntry
from marketplace.subscriptions import SUBSCRIPTIONS
from tasks.actions import claims, matching
from tasks.models import Candidate, Project
from tests.properties import events, promises, world
from tests.support import eligibility_oracle as oracle
from tests.support.factories_tasks import BY


def differences():
    """Pairs whose row is not what the oracle says: (the row, what it must be)."""
    for _ in range(2):
        began = clock.now()
        promises.settle()
        facts, rows = oracle.read(), oracle.kept()
        must = oracle.expected(facts)
        found = {
            pair: (rows.get(pair), must.get(pair))
            for pair in rows.keys() | must.keys()
            if rows.get(pair) != must.get(pair)
        }
        facts.now, later = began, facts.now
        if not found or oracle.expected(facts) == must:
            break  # else midnight or a pause's end fell between the jobs and the look: once more
        facts.now = later
    return found


def live(place, *, number, chunk):
    """Events, and after each chunk of them a look; returns what happened."""
    seen = Counter()
    for _ in range(number // chunk):
        seen += events.happen(place, chunk)
        assert differences() == {}
    return seen


def proof(place):
    """What the nightly run mends, project by project."""
    return sum(matching.prove_project(project_id=pk, by=BY) for pk in place.projects)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
def test_candidates_equal_the_definition_whatever_happens(seed):
    place = world.build(seed=seed, annotators=120, projects=24)
    assert differences() == {}
    before = oracle.pairs(oracle.read())
    live(place, number=150, chunk=50)
    after = oracle.pairs(oracle.read())
    assert len(before) > 30
    assert len(after) > 30
    assert len(before ^ after) > 15
    assert proof(place) == 0


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_candidates_of_a_large_world_equal_the_definition_after_10_000_events(monkeypatch):
    """2,000 annotators, 200 projects; every kind of event happens, and no change is missed."""
    monkeypatch.setattr(outbox._nudger, "offer", lambda job, pk: None)  # nobody listens
    place = world.build(seed=1, annotators=2000, projects=200)
    assert differences() == {}
    before = oracle.pairs(oracle.read())
    seen = live(place, number=10_000, chunk=1000)
    assert {event.__name__ for event in events.EVENTS} <= set(seen)
    assert len(before ^ oracle.pairs(oracle.read())) > 5_000
    assert proof(place) == 0
    assert not AuditEntry.objects.filter(verb="candidates_mended").exists()


@pytest.mark.django_db
def test_control_a_change_that_is_not_told_is_found(monkeypatch):
    """Random changes that nobody hears may all be mended by later ones that are heard; so the last
    is a certain one: somebody who may work on a project is suspended.
    """
    place = world.build(seed=7, annotators=60, projects=12)
    monkeypatch.setitem(SUBSCRIPTIONS, "accounts.annotator_changed", ())
    events.happen(place, 200)
    differences()  # what was heard is done
    annotator, project = min(oracle.pairs(oracle.read()) & oracle.kept().keys())
    suspension.suspend(annotator_id=annotator, reason="Unheard.", by=of_staff(place.staff))
    found = differences()
    assert (annotator, project) in found
    assert proof(place) > 0
    assert differences() == {}


def worked_for(place):
    """Somebody claims of one client, while another client's project is open to them too: the ids of
    both clients.
    """
    rows = Candidate.objects.select_related("project").filter(project__state="active")
    for first in rows.order_by("pk"):
        others = rows.filter(annotator=first.annotator_id)
        second = others.exclude(project__organization=first.project.organization_id).first()
        if second is not None:
            by = of_user(place.users[first.annotator_id])
            claims.claim(project_id=first.project_id, by=by)
            return first.project.organization_id, second.project.organization_id
    raise AssertionError("Nobody may work for two clients.")


def walled(place):
    """A wall of a month beside somebody's claim; nothing else ends by itself."""
    for kind in (Credential, QualificationGrant):
        kind.objects.update(expires_on=None)
    walls.put_up(organization_ids=worked_for(place), months=1, reason="Rivals.", by=BY)


@pytest.mark.django_db
def test_control_a_wall_that_is_not_told_is_found(monkeypatch):
    place = world.build(seed=7, annotators=60, projects=12)
    monkeypatch.setitem(SUBSCRIPTIONS, "accounts.organization_changed", ())
    walled(place)
    assert {must for _, must in differences().values()} == {None}


@pytest.mark.django_db
def test_control_months_that_nobody_counts_are_found(monkeypatch):
    place = world.build(seed=7, annotators=60, projects=12)
    walled(place)
    assert differences() == {}
    clock.advance(dt.timedelta(days=32))
    sweeps = [name for name in promises.SWEEPS if name != "tasks.refresh_walled_projects"]
    with monkeypatch.context() as patch:
        patch.setattr(promises, "SWEEPS", sweeps)
        assert {row for row, _ in differences().values()} == {None}
    assert differences() == {}


@pytest.mark.django_db
def test_control_a_project_changed_behind_our_back_is_found():
    place = world.build(seed=7, annotators=60, projects=12)
    Project.objects.filter(state="active").update(min_tier=4)
    assert {must for _, must in differences().values()} == {None}
    assert proof(place) > 0
    assert differences() == {}
