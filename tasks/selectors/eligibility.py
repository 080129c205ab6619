"""Why (not): the rules asked one by one, for one annotator and one project or for everybody."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from tasks.matching import instant, sql
from tasks.matching.rules import PAIR_RULES, Rule, words

_LIMITS = {name: f"%({name})s" for name in ("most_open", "most_daily", "most_minutes")}
_OF_PROJECT = (*instant.PROJECT_RULES, instant.FUNDED)
_PAIR = f"""
SELECT {sql.each((*PAIR_RULES, *_OF_PROJECT))}
  FROM accounts_annotatorprofile annotator
 CROSS JOIN tasks_project project
  LEFT JOIN tasks_matching matching ON matching.project_id = project.id
 WHERE annotator.id = %(annotator)s AND project.id = %(project)s"""
_ANNOTATOR = f"""
SELECT {sql.each(instant.ANNOTATOR_RULES).format(**_LIMITS)}
  FROM accounts_annotatorprofile annotator WHERE annotator.id = %(annotator)s"""
_COUNTS = f"""
SELECT count(*), count(*) FILTER (WHERE {sql.all_hold(PAIR_RULES)}), {sql.counts(PAIR_RULES)}
  FROM accounts_annotatorprofile annotator
 CROSS JOIN tasks_project project
 WHERE project.id = %(project)s"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, whether it passes, and the fact it was decided on (for staff)."""

    rule: Rule
    holds: bool
    fact: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        """Why it stops the annotator, in words for them."""
        return sentence(self.rule, self.fact)

    @property
    def remedy(self) -> str:
        """What would change it."""
        return _(self.rule.remedy).format(**words(self.fact))


def sentence(rule: Rule, fact: Mapping[str, Any]) -> str:
    """Why a rule stops an annotator, in words for them, in their language."""
    return _(rule.sentence).format(**words(fact))


@dataclass(frozen=True, slots=True)
class Stopped:
    """How many annotators a rule stops, and how many it alone stops."""

    rule: Rule
    stops: int
    alone: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many annotators there are, how many are eligible, and what stops the others."""

    everybody: int
    eligible: int
    rules: Sequence[Stopped]

    @property
    def strictest(self) -> Stopped | None:
        """The rule that excludes most; None while it excludes nobody."""
        worst = max(self.rules, key=lambda one: one.stops)
        return worst if worst.stops else None


def limits() -> dict[str, int]:
    """The platform's caps for one annotator: open claims, claims a day, expected minutes a day."""
    return {
        "most_open": settings.OPEN_CLAIMS_MAX,
        "most_daily": settings.DAILY_CLAIMS_MAX,
        "most_minutes": settings.DAILY_MINUTES_MAX,
    }


def of_pair(annotator_id: uuid.UUID, project_id: uuid.UUID) -> list[Finding]:
    """Every pair rule and every rule of the project's moment, in one statement; empty for unknown
    rows.
    """
    values = {"annotator": annotator_id, "project": project_id}
    return _findings(_PAIR, values, (*PAIR_RULES, *_OF_PROJECT))


def of_moment(annotator_id: uuid.UUID) -> list[Finding]:
    """The caps that concern the annotator alone."""
    values = {"annotator": annotator_id, **limits()}
    return _findings(_ANNOTATOR, values, instant.ANNOTATOR_RULES)


def counts(project_id: uuid.UUID) -> Counts:
    """What each pair rule of a project does among all annotators. Looks at everybody: not for a
    page that is shown often.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"project": project_id})
        everybody, eligible, found = cursor.fetchone()
    stopped = json.loads(found)
    return Counts(everybody, eligible, [Stopped(rule, **stopped[rule.code]) for rule in PAIR_RULES])


def _findings(statement: str, values: Mapping[str, Any], rules: Sequence[Rule]) -> list[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        return []
    found = json.loads(row[0])
    return [Finding(rule, found[rule.code]["holds"], found[rule.code]["fact"]) for rule in rules]
