"""What other weights would change in a project's matching, without changing anything.

The parts of the score do not depend on the weights; so one query finds the eligible experts with
their parts, scores them twice, and says for each what else stands first on their list.
"""

import statistics
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from tasks.matching import score
from tasks.matching.fairness import gini
from tasks.matching.pace import shares
from tasks.models import Project
from tasks.selectors import pace, weights
from tasks.selectors.pace import Load, Pace

TOP = 20
_PARTS = ",\n       ".join(f"({part})::float AS {name}" for name, part in score.PARTS.items())
_WANTED = ", ".join(f"%({name})s::float AS weight_{name}" for name in score.WEIGHTS)
_ROWS = f"""
WITH eligible AS MATERIALIZED ({pace.BY_RULES}
), found AS MATERIALIZED (
    SELECT annotator.id AS annotator_id, annotator.pseudonym, {_PARTS}
      FROM eligible
      JOIN accounts_annotatorprofile annotator ON annotator.id = eligible.id
      JOIN tasks_project project ON project.id = %(project)s
      LEFT JOIN tasks_matching matching ON matching.project_id = project.id
      LEFT JOIN tasks_fit fit ON fit.project_id = project.id AND fit.annotator_id = annotator.id
      {score.LATERALS}
), present AS (
    SELECT found.annotator_id, {score.SCORE.format(row="found")} AS score,
           {score.URGENCY} AS urgency, project.rank
      FROM found
      JOIN tasks_project project ON project.id = %(project)s
      LEFT JOIN tasks_matching matching ON matching.project_id = project.id
), proposed AS (
    SELECT found.annotator_id, {score.SCORE.format(row="found")} AS score,
           {score.URGENCY} AS urgency
      FROM found
     CROSS JOIN (SELECT own.deadline, own.activated_at, {_WANTED}
                   FROM tasks_project own WHERE own.id = %(project)s) project
      LEFT JOIN tasks_matching matching ON matching.project_id = %(project)s
), busy AS MATERIALIZED (
    SELECT project.id, project.rank, {score.URGENCY} AS urgency
      FROM tasks_project project
      LEFT JOIN tasks_matching matching ON matching.project_id = project.id
     WHERE project.state = 'active' AND project.funds_short_at IS NULL
       AND matching.slowed_at IS NULL AND project.id <> %(project)s
       AND EXISTS (SELECT 1 FROM tasks_task task
                    WHERE task.project_id = project.id AND task.state = 'open')
), rival AS (
    SELECT DISTINCT ON (other.annotator_id) other.annotator_id, busy.rank,
           other.score + busy.urgency AS score
      FROM found JOIN tasks_candidate other ON other.annotator_id = found.annotator_id
      JOIN busy ON busy.id = other.project_id
     ORDER BY other.annotator_id, busy.rank DESC, other.score + busy.urgency DESC
)
SELECT found.annotator_id, found.pseudonym, {", ".join(f"found.{name}" for name in score.PARTS)},
       present.score, proposed.score,
       coalesce((present.rank, present.score + present.urgency) >= (rival.rank, rival.score), true),
       coalesce((present.rank, proposed.score + proposed.urgency) >= (rival.rank, rival.score),
                true)
  FROM found
  JOIN present ON present.annotator_id = found.annotator_id
  JOIN proposed ON proposed.annotator_id = found.annotator_id
  LEFT JOIN rival ON rival.annotator_id = found.annotator_id
 ORDER BY found.annotator_id"""


@dataclass(frozen=True, slots=True)
class Range:
    """Where a number lies among the eligible experts: its tenth, half and nine tenths."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Place:
    """An expert among the best, by pseudonym; `before` is their place under the present weights,
    counted from 1.
    """

    pseudonym: uuid.UUID
    score: float
    place: int
    before: int


@dataclass(frozen=True, slots=True)
class Side:
    """One set of weights. `first_choice`: active experts to whom the project would hand the next
    task before all others. The shares say how the open answers would fall to them at their pace of
    late and under the caps: the largest one's, that of the tenth with most, and Gini among all
    active experts; None without open answers or anybody.
    """

    preset: str | None
    weights: Mapping[str, float]
    score: Range | None
    first_choice: int
    largest_share: float | None
    top_tenth_share: float | None
    gini: float | None


@dataclass(frozen=True, slots=True)
class DryRun:
    """The present weights and the proposed ones. `parts` are the same under both."""

    eligible: int
    active: int
    parts: Mapping[str, Range | None]
    present: Side
    proposed: Side
    top: Sequence[Place]
    left_top: int


def of(project: Project, wanted: Mapping[str, float]) -> DryRun:
    """Try weights on a project; nothing is written. Looks at everybody there is."""
    rows = _rows(project, wanted)
    paces = pace.paces(project)
    work = pace.load(project)
    parts = len(score.PARTS)
    present = {row[0]: row[2 + parts] for row in rows}
    proposed = {row[0]: row[3 + parts] for row in rows}
    before, after = _places(present), _places(proposed)
    names = {row[0]: row[1] for row in rows}
    top = [Place(names[who], proposed[who], n, before[who]) for who, n in list(after.items())[:TOP]]
    active = sum(one.active for one in paces.values())
    sides = []
    for weighed, scores, column in (
        (weights.of(project), present, 4 + parts),
        (wanted, proposed, 5 + parts),
    ):
        first = [paces[row[0]] for row in rows if row[column] and row[0] in paces]
        given = _given(project, work, [one for one in first if one.active], active)
        sides.append(_side(weighed, scores, given, active))
    return DryRun(
        eligible=len(rows),
        active=active,
        parts={
            name: _range([row[2 + place] for row in rows]) for place, name in enumerate(score.PARTS)
        },
        present=sides[0],
        proposed=sides[1],
        top=top,
        left_top=sum(after[who] > TOP for who in list(before)[:TOP]),
    )


def _rows(project: Project, wanted: Mapping[str, float]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, {"project": project.pk, **wanted})
        return list(cursor.fetchall())


def _places(scores: Mapping[uuid.UUID, float]) -> dict[uuid.UUID, int]:
    """From the best on; equals in the order of ids."""
    ranked = sorted(scores, key=lambda who: (-scores[who], who))
    return {who: place for place, who in enumerate(ranked, start=1)}


def _range(values: Sequence[float]) -> Range | None:
    if not values:
        return None
    if len(values) == 1:
        return Range(values[0], values[0], values[0])
    tenths = statistics.quantiles(values, n=10, method="inclusive")
    return Range(tenths[0], tenths[4], tenths[8])


def _given(project: Project, work: Load, choosing: Sequence[Pace], active: int) -> list[float]:
    """The parts of the open answers that fall to those who would come here first."""
    experts = [pace.expert(project, work, one, active=active) for one in choosing]
    return shares(work.slots_left, experts)


def _side(
    weighed: Mapping[str, float],
    scores: Mapping[uuid.UUID, float],
    given: Sequence[float],
    active: int,
) -> Side:
    total = sum(given)
    parts = sorted((one / total for one in given), reverse=True) if total else []
    everyone = [*parts, *[0.0] * (active - len(parts))]
    return Side(
        preset=weights.preset_of(weighed),
        weights=weighed,
        score=_range(list(scores.values())),
        first_choice=len(given),
        largest_share=parts[0] if parts else None,
        top_tenth_share=sum(everyone[: max(1, active // 10)]) if parts else None,
        gini=gini(everyone) if parts else None,
    )
