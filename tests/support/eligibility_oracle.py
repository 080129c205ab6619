"""Who may work on which project, worked out a second time from the words of the rules.

Nothing here knows the rules' SQL: the rows are read as they lie, and the rest is sets and
comparisons. A test that finds this and the candidate rows apart has found a rule that is written
wrongly, or a change that nobody told to matching.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from accounts.models import (
    AnnotatorProfile,
    Credential,
    ListEntry,
    NdaSignature,
    Pause,
    QualificationGrant,
    TeamMember,
    Wall,
)
from marketplace.core import clock
from payments.currencies import rail_for
from tasks.models import Assignment, Candidate, Project, Skill

PRIOR_PROVEN = (0.4729, 0.9873)
PRIOR_DECLARED = (0.2486, 0.9024)
NEWCOMER_BELOW = 30


@dataclass
class Person:
    """What is known of an annotator."""

    active: bool
    tier: int
    country: str
    languages: set
    declared: set = field(default_factory=set)
    proofs: list = field(default_factory=list)  # (domain, last day or none), verified ones
    grants: list = field(default_factory=list)  # (qualification, last day or none), not revoked
    signed: set = field(default_factory=set)
    teams: set = field(default_factory=set)
    denied_by: set = field(default_factory=set)
    allowed_by: set = field(default_factory=set)
    pauses: list = field(default_factory=list)  # (domain, client, project, until), not lifted
    claims: dict = field(default_factory=dict)  # client -> moment of the last claim
    skills: dict = field(default_factory=dict)  # domain -> (lower, upper, gold seen)


@dataclass
class Job:
    """What is known of a project."""

    client: object
    handed_out: bool
    domain: str
    credential: bool
    languages: set
    countries: set
    tier: int
    nda: object
    team: object
    invited_only: bool
    price: int
    value: int | None
    qualifications: set


@dataclass
class Facts:
    """Everything that the rules speak of, at one moment."""

    now: dt.datetime
    people: dict
    jobs: dict
    walls: list  # (a client, the other, months), standing ones

    @property
    def today(self):
        """The day, in UTC."""
        return self.now.astimezone(dt.UTC).date()


def read():
    """The facts as they lie in the tables now."""
    people = {
        pk: Person(state == "active" and let_in, tier, country, set(languages))
        for pk, state, let_in, tier, country, languages in AnnotatorProfile.objects.values_list(
            "pk", "state", "user__is_active", "tier", "country", "languages"
        )
    }
    _read_proofs(people)
    _read_relations(people)
    walls = Wall.objects.filter(lifted_at=None).values_list("first", "second", "months")
    return Facts(clock.now(), people, _read_jobs(), list(walls))


def _read_proofs(people):
    declared = AnnotatorProfile.domains.through.objects.values_list("annotatorprofile", "domain")
    for pk, domain in declared:
        people[pk].declared.add(domain)
    for pk, domain, last in Credential.objects.filter(state="verified").values_list(
        "annotator", "domain", "expires_on"
    ):
        people[pk].proofs.append((domain, last))
    for pk, kind, last in QualificationGrant.objects.filter(revoked_at=None).values_list(
        "annotator", "qualification", "expires_on"
    ):
        people[pk].grants.append((kind, last))
    for pk, domain, *numbers in Skill.objects.values_list(
        "annotator", "domain", "lower", "upper", "gold_seen"
    ):
        people[pk].skills[domain] = tuple(numbers)


def _read_relations(people):
    for pk, nda in NdaSignature.objects.values_list("annotator", "nda"):
        people[pk].signed.add(nda)
    for pk, team in TeamMember.objects.values_list("annotator", "team"):
        people[pk].teams.add(team)
    for pk, client, kind in ListEntry.objects.values_list("annotator", "organization", "kind"):
        (people[pk].denied_by if kind == "deny" else people[pk].allowed_by).add(client)
    for pk, *scope in Pause.objects.filter(lifted_at=None).values_list(
        "annotator", "domain", "organization", "project_id", "until"
    ):
        people[pk].pauses.append(tuple(scope))
    for pk, client, moment in Assignment.objects.order_by("claimed_at").values_list(
        "annotator", "project__organization", "claimed_at"
    ):
        people[pk].claims[client] = moment


def _read_jobs():
    wanted = defaultdict(set)
    for pk, kind in Project.qualifications.through.objects.values_list("project", "qualification"):
        wanted[pk].add(kind)
    return {
        row.pk: Job(
            client=row.organization_id,
            handed_out=row.state in ("active", "paused"),
            domain=row.domain_id,
            credential=row.credential_required,
            languages=set(row.languages),
            countries=set(row.countries),
            tier=row.min_tier,
            nda=row.nda_id,
            team=row.team_id,
            invited_only=row.invited_only,
            price=row.price_minor,
            value=row.value_minor,
            qualifications=wanted[row.pk],
        )
        for row in Project.objects.defer("interface")
    }


def within(path, node):
    """The path is the node's, or lies below it in the taxonomy."""
    parts, above = path.split("."), node.split(".")
    return parts[: len(above)] == above


def months_before(moment, months):
    """The same day so many calendar months earlier, or the last day of that month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    for day in range(moment.day, 0, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError("a month has a first day")


def proven(facts, who, job):
    """A verified credential in the project's domain or below it, that has not expired."""
    return any(
        within(domain, job.domain) and (last is None or last >= facts.today)
        for domain, last in who.proofs
    )


def qualified(facts, who, job):
    """Every qualification that the project asks for, none of them past its last day."""
    held = {kind for kind, last in who.grants if last is None or last >= facts.today}
    return job.qualifications <= held


def free_of_walls(facts, who, job):
    """No claim for a competitor of the client within the wall's months."""
    for first, second, months in facts.walls:
        if job.client in (first, second):
            rival = second if job.client == first else first
            last = who.claims.get(rival)
            if last is not None and last > months_before(facts.now, months):
                return False
    return True


def paused(facts, who, job, pk):
    """A pause that is not over holds everywhere, or in the domain, for the client or the project."""
    for domain, client, project, until in who.pauses:
        over = until is not None and until <= facts.now
        if (
            not over
            and (domain is None or within(job.domain, domain))
            and (client is None or client == job.client)
            and (project is None or project == pk)
        ):
            return True
    return False


def eligible(facts, who, job, pk):
    """Every rule about an annotator and a project, as docs/matching.md says it."""
    return (
        job.handed_out
        and who.active
        and any(within(domain, job.domain) for domain in who.declared)
        and (not job.credential or proven(facts, who, job))
        and qualified(facts, who, job)
        and who.tier >= job.tier
        and job.languages <= who.languages
        and (not job.countries or who.country in job.countries)
        and rail_for(who.country) is not None
        and (job.nda is None or job.nda in who.signed)
        and free_of_walls(facts, who, job)
        and job.client not in who.denied_by
        and (not job.invited_only or job.client in who.allowed_by)
        and (job.team is None or job.team in who.teams)
        and not paused(facts, who, job, pk)
    )


def pairs(facts):
    """Every annotator with every project that is open to them."""
    declaring = defaultdict(set)  # only who declares the field is looked at: most do not
    for pk, who in facts.people.items():
        for domain in who.declared:
            declaring[domain].add(pk)
    found = set()
    for pk, job in facts.jobs.items():
        near = [people for domain, people in declaring.items() if within(domain, job.domain)]
        for person in set().union(*near) if job.handed_out else ():
            if eligible(facts, facts.people[person], job, pk):
                found.add((person, pk))
    return found


def parts(facts, who, job):
    """What makes the score and follows from facts alone: quality, cost, exploration, newcomer."""
    above = [domain for domain in who.skills if within(job.domain, domain)]
    prior = PRIOR_PROVEN if proven(facts, who, job) else PRIOR_DECLARED
    nearest = max(above, key=lambda path: path.count("."), default=None)
    lower, upper, gold = who.skills[nearest] if nearest else (*prior, 0)
    newcomer = gold < NEWCOMER_BELOW
    return (
        round(lower, 9),
        round(min(1.0, job.price / (job.value or 3 * job.price)), 9),
        round(upper - lower, 9) if newcomer else 0.0,
        newcomer,
    )


def kept():
    """The candidate rows: pairs, and beside each the parts that `parts` works out."""
    columns = ("annotator", "project", "quality", "cost", "exploration", "newcomer")
    return {
        (annotator, project): (round(quality, 9), round(cost, 9), round(width, 9), newcomer)
        for annotator, project, quality, cost, width, newcomer in Candidate.objects.values_list(
            *columns
        )
    }


def expected(facts):
    """What the candidate rows must be."""
    return {
        (person, job): parts(facts, facts.people[person], facts.jobs[job])
        for person, job in pairs(facts)
    }
