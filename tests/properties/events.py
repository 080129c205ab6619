"""What can happen in a marketplace, one random event at a time, through the actions of real life."""

import datetime as dt
from collections import Counter

from accounts.actions import (
    credentials,
    lists,
    ndas,
    pauses,
    qualifications,
    registration,
    staff,
    suspension,
    teams,
    tiers,
    walls,
)
from accounts.models import (
    AnnotatorProfile,
    Credential,
    ListEntry,
    Pause,
    QualificationGrant,
    TeamMember,
    User,
    Wall,
)
from accounts.selectors.actors import of_staff, of_user
from marketplace.core import clock
from marketplace.core.errors import Refused
from tasks.actions import assignments, claims, projects, skills, steering
from tasks.matching.rules import PAIR_RULES
from tasks.models import Assignment, Project
from tests.properties.world import COUNTRIES, LANGUAGES, PRICE, furnish, requirements
from tests.support.factories_tasks import BY, INTERFACE

WHY = "Because the dice say so."


def somebody(world):
    return world.dice.choice(world.annotators)


def one_of(world, rows):
    """One of the rows, or None; in an order that does not depend on the database."""
    return world.dice.choice(list(rows.order_by("pk")[:50])) if rows.exists() else None


def profile(world, user, **other):
    """A person saves their profile."""
    return registration.save_profile(
        user_id=user.pk,
        name=user.name,
        country=world.dice.choice(COUNTRIES),
        languages=world.some(LANGUAGES, 1, 3),
        time_zone="UTC",
        domains=world.some(world.domains, 2, 8),
        by=of_user(user),
        **other,
    )


def changes_profile(world):
    profile(world, world.users[somebody(world)])


def joins(world):
    number = len(world.annotators)
    user = User.objects.create(email=f"expert{number}@example.test", name="New", password="!")
    row = profile(world, user)
    world.annotators.append(row.pk)
    world.users[row.pk] = user


def proves(world):
    """A credential is entered and verified."""
    by = of_staff(world.staff)
    who = somebody(world)
    domains = AnnotatorProfile.objects.get(pk=who).domains
    row = credentials.claim(
        annotator_id=who,
        domain=one_of(world, domains).pk,
        kind="degree",
        title="MSc",
        issuer="University",
        expires_on=world.last_day(),
        by=by,
    )
    credentials.verify(credential_id=row.pk, by=by)


def loses_proof(world):
    row = one_of(world, Credential.objects.filter(annotator=somebody(world), state="verified"))
    if row and world.chance(50):
        credentials.withdraw(credential_id=row.pk, by=of_user(world.users[row.annotator_id]))
    elif row:
        credentials.refuse(credential_id=row.pk, reason=WHY, by=of_staff(world.staff))


def is_suspended_or_reinstated(world):
    who = AnnotatorProfile.objects.get(pk=somebody(world))
    suspended = AnnotatorProfile.objects.filter(state="suspended")
    if world.chance(50) and suspended.exists():
        who = one_of(world, suspended)
    verb = suspension.suspend if who.state == "active" else suspension.reinstate
    verb(annotator_id=who.pk, reason=WHY, by=of_staff(world.staff))


def account_is_closed_or_reopened(world):
    who = User.objects.get(annotator=somebody(world))
    closed = User.objects.filter(is_active=False, annotator__isnull=False)
    if world.chance(50) and closed.exists():
        who = one_of(world, closed)
    verb = staff.close if who.is_active else staff.reopen
    verb(user_id=who.pk, reason=WHY, by=of_staff(world.staff))


def is_granted(world):
    qualifications.grant(
        qualification_id=world.dice.choice(world.qualifications),
        annotator_id=somebody(world),
        expires_on=world.last_day(),
        by=of_staff(world.staff),
    )


def grant_is_revoked(world):
    held = QualificationGrant.objects.filter(annotator=somebody(world), revoked_at=None)
    if row := one_of(world, held):
        qualifications.revoke(grant_id=row.pk, reason=WHY, by=of_staff(world.staff))


def signs(world):
    nda, _ = world.dice.choice(world.ndas)
    ndas.sign(nda_id=nda, name="Signed", by=of_user(world.users[somebody(world)]))


def joins_team(world):
    teams.add(
        team_id=world.dice.choice(world.teams),
        annotator_id=somebody(world),
        by=of_staff(world.staff),
    )


def leaves_team(world):
    if row := one_of(world, TeamMember.objects.filter(annotator=somebody(world))):
        teams.remove(
            team_id=row.team_id,
            annotator_id=row.annotator_id,
            reason=WHY,
            by=of_staff(world.staff),
        )


def is_listed(world):
    lists.put(
        organization_id=world.dice.choice(world.organizations),
        annotator_id=somebody(world),
        kind=world.dice.choice(("allow", "deny")),
        reason=WHY,
        by=of_staff(world.staff),
    )


def leaves_list(world):
    if row := one_of(world, ListEntry.objects.filter(annotator=somebody(world))):
        lists.remove(entry_id=row.pk, reason=WHY, by=of_staff(world.staff))


def is_paused(world):
    scope = world.dice.choice(
        (
            {},
            {"domain": world.dice.choice(world.domains).split(".")[0]},
            {"organization_id": world.dice.choice(world.organizations)},
            {"project_id": world.dice.choice(world.projects)},
        )
    )
    until = clock.now() + dt.timedelta(hours=world.dice.randint(1, 72))
    pauses.pause(
        annotator_id=somebody(world),
        reason=WHY,
        until=until if world.chance(70) else None,
        by=of_staff(world.staff),
        **scope,
    )


def pause_is_lifted(world):
    if row := one_of(world, Pause.objects.filter(lifted_at=None)):
        pauses.lift(pause_id=row.pk, reason=WHY, by=of_staff(world.staff))


def changes_tier(world):
    tiers.set_tier(
        annotator_id=somebody(world),
        tier=world.dice.randint(1, 4),
        reason=WHY,
        by=of_staff(world.staff),
    )


def shows_skill(world):
    gold = world.dice.randint(0, 60)
    right = world.dice.randint(0, gold)
    skills.record(
        annotator_id=somebody(world),
        domain=world.dice.choice(world.domains),
        alpha=1.0 + right,
        beta=1.0 + gold - right,
        gold_seen=gold,
        by=BY,
    )


def wall_goes_up(world):
    pair = tuple(world.dice.sample(world.organizations, 2))
    walls.put_up(organization_ids=pair, months=world.dice.choice((1, 1, 2)), reason=WHY, by=BY)


def wall_is_lifted(world):
    if row := one_of(world, Wall.objects.filter(lifted_at=None)):
        walls.lift(wall_id=row.pk, reason=WHY, by=BY)


def claims_a_task(world):
    who = somebody(world)
    claims.claim(annotator_id=who, by=of_user(world.users[who]))


def gives_a_task_back(world):
    if row := one_of(world, Assignment.objects.filter(state="claimed")):
        by = of_user(world.users[row.annotator_id])
        assignments.release(assignment_id=row.pk, fence=row.fence, by=by)


def some_project(world, *states):
    return one_of(world, Project.objects.defer("interface").filter(state__in=states))


def is_posted(world):
    """A client drafts a project."""
    client = world.dice.choice(world.organizations)
    row = projects.create(
        organization_id=client,
        fields={
            "name": f"Project {next(world.numbers)}",
            "brief": "Experts judge.",
            "interface": INTERFACE,
            "currency": "usd",
            "price_minor": PRICE,
            "overlap": 25,
            "domain": world.dice.choice(world.domains),
        },
        by=BY,
    )
    furnish([row])
    world.projects.append(row.pk)


def is_redrafted(world):
    """A draft asks for somebody else."""
    if row := some_project(world, "draft"):
        kinds = world.some(world.qualifications, 1, 2) if world.chance(20) else []
        fields = {**requirements(world, row.organization_id), "qualifications": kinds}
        projects.update(project_id=row.pk, fields=fields, by=BY)


def is_steered(world):
    """What a right answer is worth changes while annotators are at work."""
    if row := some_project(world, "active", "paused"):
        fields = {"value_minor": world.dice.randint(PRICE, 5 * PRICE)}
        steering.steer(project_id=row.pk, fields=fields, by=BY)


def starts(world):
    """A client starts a draft, even where few can do it."""
    if row := some_project(world, "draft"):
        projects.activate(project_id=row.pk, confirm=True, by=BY)


def moves(verb, *states):
    """An event that moves a project on."""

    def event(world):
        if row := some_project(world, *states):
            verb(project_id=row.pk, by=BY)

    event.__name__ = f"project_{verb.__name__}"
    return event


def time_passes(world):
    """Hours, sometimes a few days, now and then more than a month."""
    hours = world.dice.choice((1, 5, 13, 13, 26, 26, 26, 80, 35 * 24))
    clock.advance(dt.timedelta(hours=hours, minutes=world.dice.randint(0, 59)))


# How often, in a thousand. Those that change everybody at once are rare, as in life.
EVENTS = {
    changes_profile: 90,
    joins: 20,
    proves: 80,
    loses_proof: 60,
    is_suspended_or_reinstated: 40,
    account_is_closed_or_reopened: 10,
    is_granted: 70,
    grant_is_revoked: 40,
    signs: 60,
    joins_team: 40,
    leaves_team: 30,
    is_listed: 50,
    leaves_list: 30,
    is_paused: 50,
    pause_is_lifted: 25,
    changes_tier: 50,
    shows_skill: 40,
    wall_goes_up: 12,
    wall_is_lifted: 4,
    claims_a_task: 110,
    gives_a_task_back: 15,
    is_posted: 10,
    is_redrafted: 12,
    is_steered: 10,
    starts: 14,
    moves(projects.pause, "active"): 12,
    moves(projects.resume, "paused"): 12,
    moves(projects.close, "active", "paused"): 4,
    time_passes: 12,
}
# What the dice may ask for and life refuses; anything else is a fault of this test or of an action.
# The rules are among them: between an event and the look, rows are a moment out of date.
REFUSALS = {rule.code for rule in PAIR_RULES} | {
    "already_granted",
    "already_listed",
    "already_member",
    "cap_reached",
    "hours_reached",
    "not_open",
    "nothing_to_claim",
    "too_late",
    "wall_stands",
}


def happen(world, number):
    """So many events; returns how often each happened, and how often each refusal was met."""
    seen = Counter()
    drawn = world.dice.choices(list(EVENTS), weights=list(EVENTS.values()), k=number)
    for event in drawn:
        try:
            event(world)
            seen[event.__name__] += 1
        except Refused as refusal:
            if refusal.code not in REFUSALS:
                raise
            seen[refusal.code] += 1
    return seen
