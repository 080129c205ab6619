"""The fairness report: how the work of a period was shared, on one project or on the platform."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from tasks.matching import fairness, score

DAYS = (7, 30, 90, 365)
LONGEST = 366
# All that counts: what was given back or ran out is no work that somebody had.
_LIVE = """own.state NOT IN ('expired', 'released')
       AND own.claimed_at > core_now() - make_interval(days => %(days)s)
       AND (%(project)s::uuid IS NULL OR own.project_id = %(project)s)"""
_ABLE = """
    SELECT candidate.annotator_id, project.domain_id
      FROM tasks_candidate candidate
      JOIN tasks_project project ON project.id = candidate.project_id
     WHERE %(project)s::uuid IS NULL OR project.id = %(project)s"""
_PEOPLE = f"""
WITH work AS (
    SELECT own.annotator_id, project.domain_id, count(*) AS claims
      FROM tasks_assignment own JOIN tasks_project project ON project.id = own.project_id
     WHERE {_LIVE}
     GROUP BY own.annotator_id, project.domain_id
), mine AS (
    SELECT work.annotator_id, sum(work.claims) AS claims,
           coalesce(sum(work.claims) FILTER (WHERE {score.NEWCOMER}), 0) AS newcomer
      FROM work
     CROSS JOIN LATERAL (SELECT work.annotator_id AS id) annotator
     CROSS JOIN LATERAL (SELECT work.domain_id) project
      LEFT JOIN LATERAL {score.SKILL} skill ON true
     GROUP BY work.annotator_id
), able AS (SELECT DISTINCT found.annotator_id FROM ({_ABLE}) found)
SELECT annotator.id, annotator.pseudonym, person.email, annotator.country,
       coalesce(mine.claims, 0)::bigint, coalesce(mine.newcomer, 0)::bigint,
       extract(epoch FROM core_now() - last.at)::bigint
  FROM accounts_annotatorprofile annotator
  JOIN accounts_user person ON person.id = annotator.user_id
  LEFT JOIN mine ON mine.annotator_id = annotator.id
  LEFT JOIN able ON able.annotator_id = annotator.id
 CROSS JOIN LATERAL (
     SELECT greatest(annotator.created_at, max(own.claimed_at)) AS at
       FROM tasks_assignment own WHERE own.annotator_id = annotator.id) last
 WHERE mine.annotator_id IS NOT NULL
    OR (able.annotator_id IS NOT NULL
        AND last.at > core_now() - interval '{score.ACTIVE.days} days')
 ORDER BY 5 DESC, annotator.id"""
# What was earned; before that the base, for the time that is expected.
_PAY = """coalesce(earning.amount_minor, CASE own.quote ->> 'model'
           WHEN 'hourly' THEN ceil((own.quote ->> 'rate_minor')::numeric * least(
               project.expected_minutes, (own.quote ->> 'cap_minutes')::int) / 60)
           WHEN 'submission' THEN (own.quote ->> 'base_minor')::bigint
           ELSE own.price_minor END)"""
_SUMS = f"""
SELECT annotator.country, project.domain_id, own.currency, count(*)::bigint,
       sum({_PAY})::bigint, sum(project.expected_minutes)::bigint
  FROM tasks_assignment own
  JOIN tasks_project project ON project.id = own.project_id
  JOIN accounts_annotatorprofile annotator ON annotator.id = own.annotator_id
  LEFT JOIN payments_earning earning ON earning.source = 'assignment:' || own.id
 WHERE {_LIVE}
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
_IN_DOMAINS = f"""
SELECT found.domain_id, count(DISTINCT found.annotator_id)::bigint
  FROM ({_ABLE}
        UNION
        SELECT own.annotator_id, project.domain_id
          FROM tasks_assignment own JOIN tasks_project project ON project.id = own.project_id
         WHERE {_LIVE}) found
 WHERE found.annotator_id = ANY (%(people)s)
 GROUP BY 1"""


@dataclass(frozen=True, slots=True)
class Person:
    """One expert of the report; `waited` is in seconds since their last claim of any project, or
    since they joined. `email` is for staff alone.
    """

    annotator_id: uuid.UUID
    pseudonym: uuid.UUID
    email: str
    country: str
    claims: int
    newcomer_claims: int
    waited: int


@dataclass(frozen=True, slots=True)
class Report:
    """How the claims of the last `days` were shared.

    Counted are experts who claimed something in the period, and candidates who are at work: a claim
    anywhere in the last 14 days, or new since then. Waits are in seconds. `exploration` is the part
    of the claims made by experts who have, at present, fewer than 30 gold answers in the domain;
    None without claims.
    """

    days: int
    people: Sequence[Person]
    shares: fairness.Shares
    waited_median: int | None
    waited_p90: int | None
    exploration: float | None
    countries: Sequence[fairness.Group]
    domains: Sequence[fairness.Group]


def report(project_id: uuid.UUID | None, days: int) -> Report:
    """The report of one project, or of the platform (None), in three statements. It reads the
    period's claims: not for a page that is shown often.
    """
    values: dict[str, Any] = {"project": project_id, "days": days}
    people = [Person(*row) for row in _rows(_PEOPLE, values)]
    sums = _rows(_SUMS, values)
    values["people"] = [one.annotator_id for one in people]
    in_domain = dict(_rows(_IN_DOMAINS, values))
    in_country: defaultdict[str, int] = defaultdict(int)
    for one in people:
        in_country[one.country] += 1
    shares = fairness.shares([one.claims for one in people])
    waits = [one.waited for one in people]
    return Report(
        days=days,
        people=people,
        shares=shares,
        waited_median=fairness.percentile(waits, 50),
        waited_p90=fairness.percentile(waits, 90),
        exploration=_part(sum(one.newcomer_claims for one in people), shares.claims),
        countries=_groups(in_country, [(row[0], *row[2:]) for row in sums]),
        domains=_groups(in_domain, [(row[1], *row[2:]) for row in sums]),
    )


def _part(some: int, everything: int) -> float | None:
    return some / everything if everything else None


def _groups(experts: Mapping[str, int], sums: Sequence[tuple[Any, ...]]) -> list[fairness.Group]:
    """Largest first. Rows of `sums`: name, currency, claims, price, minutes."""
    claims: defaultdict[str, int] = defaultdict(int)
    paid: defaultdict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for name, currency, count, price, minutes in sums:
        claims[name] += count
        before = paid[name].get(currency, (0, 0))
        paid[name][currency] = (before[0] + price, before[1] + minutes)
    groups = [fairness.Group(name, n, claims[name], paid[name]) for name, n in experts.items()]
    return sorted(groups, key=lambda one: (-one.experts, one.name))


def _rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
