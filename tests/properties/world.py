"""A random marketplace of any size, written by a few statements for each table."""

import datetime as dt
import itertools
import random
from dataclasses import dataclass, field

from django.db import transaction

from accounts.models import (
    AnnotatorProfile,
    Credential,
    Domain,
    ListEntry,
    Nda,
    NdaSignature,
    Organization,
    Qualification,
    QualificationGrant,
    Team,
    TeamMember,
    User,
)
from marketplace.core import clock
from marketplace.core.ids import new_id
from payments.actions.ledger import Posting, post
from tasks.actions import matching
from tasks.models import Batch, Guideline, Project, Task
from tests.support import factories_accounts as people
from tests.support.factories_tasks import BY, INTERFACE

COUNTRIES = ("DE", "DE", "DE", "US", "US", "FR", "GB", "CH", "AT", "BR", "IN")  # two without a rail
PAYABLE = tuple(code for code in COUNTRIES if code not in ("BR", "IN"))
LANGUAGES = ("en", "de", "fr", "es")
TASKS_EACH = 4
OVERLAP = 25
PRICE = 100


@dataclass
class World:
    """Ids of everything there is, for events to draw from, and the dice they are drawn with."""

    dice: random.Random
    staff: User
    domains: list
    roots: list
    annotators: list = field(default_factory=list)
    users: dict = field(default_factory=dict)  # of annotators
    organizations: list = field(default_factory=list)
    projects: list = field(default_factory=list)
    qualifications: list = field(default_factory=list)
    teams: list = field(default_factory=list)
    ndas: list = field(default_factory=list)
    numbers: itertools.count = field(default_factory=itertools.count)

    def chance(self, percent):
        """True in so many of 100 throws."""
        return self.dice.random() * 100 < percent

    def some(self, among, least, most):
        """A few different ones."""
        return self.dice.sample(among, min(self.dice.randint(least, most), len(among)))

    def last_day(self):
        """None, or a day of the next twenty."""
        day = clock.now().date() + dt.timedelta(days=self.dice.randint(0, 20))
        return day if self.chance(20) else None


@transaction.atomic
def build(*, seed, annotators, projects):
    """The world, with its candidate rows as the refresh of every project makes them."""
    domains = list(Domain.objects.order_by("path").values_list("path", flat=True))
    world = World(
        dice=random.Random(seed),
        staff=people.staff(),
        domains=domains,
        roots=[path for path in domains if "." not in path],
    )
    _clients(world, max(4, projects // 10))
    _annotators(world, annotators)
    _relations(world)
    _projects(world, projects)
    for pk in world.projects:
        matching.refresh_project(project_id=pk)
    return world


def _clients(world, number):
    rows = Organization.objects.bulk_create(Organization(name=f"Client {n}") for n in range(number))
    world.organizations = [row.pk for row in rows]
    kinds = Qualification.objects.bulk_create(Qualification(name=f"Exam {n}") for n in range(5))
    world.qualifications = [row.pk for row in kinds]
    teams = Team.objects.bulk_create(Team(name=f"Team {n}") for n in range(4))
    world.teams = [row.pk for row in teams]
    ndas = Nda.objects.bulk_create(
        Nda(organization_id=pk, version=version, title="Secrets", text="Tell nobody.")
        for pk in world.some(world.organizations, number // 2, number // 2)
        for version in (1, 2)
    )
    world.ndas = [(row.pk, row.organization_id) for row in ndas]


def _annotators(world, number):
    users = User.objects.bulk_create(
        User(email=f"expert{n}@example.test", name=f"Expert {n}", password="!")
        for n in range(number)
    )
    rows = AnnotatorProfile.objects.bulk_create(
        AnnotatorProfile(
            user=user,
            country=world.dice.choice(COUNTRIES),
            languages=world.some(LANGUAGES, 1, 3),
            tier=world.dice.choice((1, 1, 2, 2, 3, 4)),
        )
        for user in users
    )
    for row in rows:
        if not world.chance(93):
            people.removed(row)
    world.annotators = [row.pk for row in rows]
    world.users = {row.pk: row.user for row in rows}
    declared = AnnotatorProfile.domains.through
    declared.objects.bulk_create(
        declared(annotatorprofile_id=pk, domain_id=path)
        for pk in world.annotators
        for path in world.some(world.domains, 2, 8)
    )


def _relations(world):
    """What annotators hold, belong to and are kept from, at the start."""
    Credential.objects.bulk_create(
        Credential(
            annotator_id=pk,
            domain_id=path,
            kind="degree",
            title="MSc",
            issuer="University",
            state="verified",
            expires_on=world.last_day(),
            decided_by=world.staff,
            decided_at=clock.now(),
        )
        for pk in world.annotators
        for path in AnnotatorProfile.domains.through.objects.filter(
            annotatorprofile_id=pk
        ).values_list("domain_id", flat=True)[: world.dice.randint(0, 4)]
    )
    QualificationGrant.objects.bulk_create(
        QualificationGrant(
            annotator_id=pk, qualification_id=kind, granted_by="x", expires_on=world.last_day()
        )
        for pk in world.annotators
        for kind in world.some(world.qualifications, 0, 5)
    )
    NdaSignature.objects.bulk_create(
        NdaSignature(annotator_id=pk, nda_id=nda, name="Signed")
        for pk in world.annotators
        for nda, _ in world.some(world.ndas, 0, len(world.ndas))
    )
    TeamMember.objects.bulk_create(
        TeamMember(annotator_id=pk, team_id=team)
        for pk in world.annotators
        for team in world.some(world.teams, 0, 3)
    )
    ListEntry.objects.bulk_create(
        ListEntry(
            annotator_id=pk,
            organization_id=client,
            kind=world.dice.choice(("allow", "allow", "deny")),
            reason="x",
        )
        for pk in world.annotators
        for client in world.some(world.organizations, 0, 3)
    )
    for pk in world.some(world.annotators, 1, max(1, len(world.annotators) // 30)):
        people.paused(pk)


def requirements(world, client):
    """What a project asks for, at random: mostly little, so that pairs come and go."""
    mine = [nda for nda, owner in world.ndas if owner == client]
    return {
        "domain": world.dice.choice(world.roots if world.chance(70) else world.domains),
        "credential_required": world.chance(30),
        "languages": world.some(LANGUAGES, 0, 2) if world.chance(40) else [],
        "countries": sorted(set(world.some(PAYABLE, 4, 8))) if world.chance(25) else [],
        "min_tier": world.dice.choice((1, 1, 1, 2, 3)),
        "nda": world.dice.choice(mine) if mine and world.chance(30) else None,
        "team": world.dice.choice(world.teams) if world.chance(10) else None,
        "invited_only": world.chance(10),
    }


def _projects(world, number):
    states = ("active",) * 7 + ("paused", "draft", "draft")
    rows = [
        _project(world, client, world.dice.choice(states))
        for client in itertools.islice(itertools.cycle(world.organizations), number)
    ]
    Project.objects.bulk_create(rows)
    world.projects = [row.pk for row in rows]
    asked = Project.qualifications.through
    asked.objects.bulk_create(
        asked(project_id=pk, qualification_id=kind)
        for pk in world.projects
        if world.chance(20)
        for kind in world.some(world.qualifications, 1, 2)
    )
    furnish(rows)


def _project(world, client, state):
    wanted = requirements(world, client)
    links = {f"{name}_id": wanted.pop(name) for name in ("domain", "nda", "team")}
    return Project(
        organization_id=client,
        name=f"Project {next(world.numbers)}",
        brief="Experts judge.",
        state=state,
        activated_at=None if state == "draft" else clock.now(),
        interface=INTERFACE,
        currency="usd",
        price_minor=PRICE,
        review_price_minor=10,
        fee_bps=2000,
        overlap=OVERLAP,
        value_minor=world.dice.choice((None, 150, 400)),
        lease_minutes=60,
        expected_minutes=1,
        **links,
        **wanted,
    )


@transaction.atomic
def furnish(rows):
    """Guidelines, tasks and money for projects."""
    Guideline.objects.bulk_create(Guideline(project=row, version=1, text="Judge.") for row in rows)
    batches = Batch.objects.bulk_create(Batch(project=row, size=TASKS_EACH) for row in rows)
    Task.objects.bulk_create(
        Task(
            project_id=batch.project_id,
            batch=batch,
            position=n,
            payload={"problem": f"Problem {n}"},
            overlap=OVERLAP,
            open_slots=OVERLAP,
        )
        for batch in batches
        for n in range(TASKS_EACH)
    )
    amount = 1_000_000
    bookings = []
    for row in rows:
        client = f"org:{row.organization_id}"
        legs = [("clearing_charge", "platform", -amount), ("client_prepaid", client, amount)]
        bookings.append(Posting(f"fund:test_{new_id()}", "fund", legs, "usd"))
        legs = [("client_prepaid", client, -amount), ("project_funds", row.pot, amount)]
        bookings.append(Posting(f"alloc:test_{new_id()}", "allocate", legs, "usd"))
    post(bookings, by=BY)
