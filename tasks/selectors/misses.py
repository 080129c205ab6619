"""Projects that are not open to an annotator yet, by one or two rules that they can change."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from tasks.matching import rules as pairs
from tasks.matching import score, sql
from tasks.models import Project
from tasks.selectors import pay_words, told
from tasks.selectors.eligibility import Finding
from tasks.selectors.told import Told

OWN_HANDS = frozenset(
    {
        "domain_missing",
        "credential_missing",
        "qualification_missing",
        "language_missing",
        "nda_missing",
    }
)
MOST = 10
MOST_RULES = 2
# The newest active projects that are looked at.
MOST_LOOKED_AT = 500
_CHANGEABLE = [rule for rule in pairs.PAIR_RULES if rule.code in OWN_HANDS]
_FIXED = [rule for rule in pairs.PAIR_RULES if rule.code not in OWN_HANDS]
_BROKEN = " + ".join(f"(NOT coalesce({rule.holds}, false))::int" for rule in _CHANGEABLE)
# Another field altogether is no miss: nobody becomes a lawyer by naming law.
_SAME_FIELD = """EXISTS (
    SELECT 1 FROM accounts_annotatorprofile_domains declared
     WHERE declared.annotatorprofile_id = annotator.id
       AND split_part(declared.domain_id, '.', 1) = split_part(project.domain_id, '.', 1))"""
_MISSES = f"""
SELECT near.id, {sql.each(_CHANGEABLE)}
  FROM (
    SELECT project.id, broken.rules, {score.PRICE} AS price
      FROM accounts_annotatorprofile annotator
     CROSS JOIN (SELECT newest.* FROM tasks_project newest WHERE newest.state = 'active'
                  ORDER BY newest.id DESC LIMIT %(looked_at)s) project
     CROSS JOIN LATERAL (SELECT {_BROKEN} AS rules OFFSET 0) broken
     WHERE annotator.id = %(annotator)s
       AND {_SAME_FIELD}
       AND broken.rules BETWEEN 1 AND %(most_rules)s
       AND {sql.all_hold(_FIXED)}
       AND EXISTS (SELECT 1 FROM tasks_task task
                    WHERE task.project_id = project.id AND task.state = 'open')
     ORDER BY broken.rules, price DESC, project.id
     LIMIT %(most)s) near
  JOIN tasks_project project ON project.id = near.id
 CROSS JOIN accounts_annotatorprofile annotator
 WHERE annotator.id = %(annotator)s
 ORDER BY near.rules, near.price DESC, near.id"""
_VISIBLE = f"""
SELECT 1
  FROM accounts_annotatorprofile annotator
 CROSS JOIN tasks_project project
 WHERE annotator.id = %(annotator)s AND project.id = %(project)s
   AND (({sql.HANDED_OUT} AND {pairs.DECLARED})
        OR EXISTS (SELECT 1 FROM tasks_assignment own
                    WHERE own.project_id = project.id AND own.annotator_id = annotator.id))"""


@dataclass(frozen=True, slots=True)
class Miss:
    """A project and the rules that stand between it and the annotator.

    `name` is for the annotator; `explained` says whether the page of all its rules is open to them.
    `pay` is what an answer pays, in words.
    """

    project: Project
    name: str
    rules: Sequence[Told]
    explained: bool
    pay: pay_words.Words


def near(annotator_id: uuid.UUID) -> list[Miss]:
    """Up to 10 active projects with open tasks, in a field of theirs, which the annotator misses by
    one or two rules that are in their own hands; the fewest and the best paid first. Two
    statements, whatever there is.
    """
    values: dict[str, Any] = {
        "annotator": annotator_id,
        "looked_at": MOST_LOOKED_AT,
        "most_rules": MOST_RULES,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MISSES, values)
        found = {pk: json.loads(facts) for pk, facts in cursor.fetchall()}
    projects = Project.objects.select_related("domain", "organization").in_bulk(found)
    pay = pay_words.of_projects(projects.values())
    return [_miss(projects[pk], facts, pay[pk]) for pk, facts in found.items()]


def _miss(project: Project, facts: Mapping[str, Any], pay: pay_words.Words) -> Miss:
    findings = [
        Finding(rule, holds=False, fact=facts[rule.code]["fact"])
        for rule in _CHANGEABLE
        if not facts[rule.code]["holds"]
    ]
    return Miss(
        project=project,
        name=told.name(project, findings),
        rules=told.rules(findings, project),
        explained=all(one.rule.code != "domain_missing" for one in findings),
        pay=pay,
    )


def visible(annotator_id: uuid.UUID, project_id: uuid.UUID) -> bool:
    """Whether an annotator may ask about a project: they have claimed in it, or it is at work in a
    domain of theirs.
    """
    with connection.cursor() as cursor:
        cursor.execute(_VISIBLE, {"annotator": annotator_id, "project": project_id})
        return cursor.fetchone() is not None
