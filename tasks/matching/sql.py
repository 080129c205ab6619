"""The rules and the score put together into statements; nothing here runs them."""

from collections.abc import Sequence

from tasks.matching import score
from tasks.matching.rules import PAIR_RULES, Rule

HANDED_OUT = "project.state IN ('active', 'paused')"


def all_hold(rules: Sequence[Rule]) -> str:
    """A condition: every rule passes."""
    return "\n   AND ".join(rule.holds for rule in rules)


def first_broken(rules: Sequence[Rule]) -> str:
    """An expression: the code of the first rule that does not pass, or null."""
    cases = " ".join(f"WHEN NOT coalesce({rule.holds}, false) THEN '{rule.code}'" for rule in rules)
    return f"CASE {cases} END"


def each(rules: Sequence[Rule]) -> str:
    """Columns: for each rule whether it passes, and its fact, as one jsonb under its code."""
    pairs = ", ".join(
        f"'{rule.code}', jsonb_build_object('holds', coalesce({rule.holds}, false),"
        f" 'fact', {rule.fact})"
        for rule in rules
    )
    return f"jsonb_build_object({pairs})"


def counts(rules: Sequence[Rule]) -> str:
    """Columns: for each rule how many annotators it stops, and how many it alone stops."""
    hold = [f"coalesce({rule.holds}, false)" for rule in rules]
    columns = []
    for place, rule in enumerate(rules):
        others = " AND ".join(one for other, one in enumerate(hold) if other != place)
        columns.append(
            f"'{rule.code}', jsonb_build_object('stops', "
            f"count(*) FILTER (WHERE NOT {hold[place]}), 'alone', "
            f"count(*) FILTER (WHERE NOT {hold[place]} AND {others}))"
        )
    return f"jsonb_build_object({', '.join(columns)})"


_COLUMNS = ", ".join(score.PARTS)
_CHANGED = ", ".join(f"tasks_candidate.{name}" for name in ("score", *score.PARTS, "newcomer"))
_NEW = ", ".join(f"EXCLUDED.{name}" for name in ("score", *score.PARTS, "newcomer"))
_SET = ", ".join(f"{n} = EXCLUDED.{n}" for n in ("score", *score.PARTS, "newcomer", "refreshed_at"))


def found(scope: str) -> str:
    """A query: the eligible pairs in `scope` with the parts of their scores.

    `scope` is a condition over `annotator` and `project`, such as `project.id = %(project)s`.
    """
    parts = ",\n       ".join(f"{sql} AS {name}" for name, sql in score.PARTS.items())
    return f"""
SELECT annotator.id AS annotator_id, project.id AS project_id, {score.NEWCOMER} AS newcomer,
       {parts}
  FROM tasks_project project
 CROSS JOIN accounts_annotatorprofile annotator
  LEFT JOIN tasks_matching matching ON matching.project_id = project.id
  LEFT JOIN tasks_fit fit ON fit.project_id = project.id AND fit.annotator_id = annotator.id
  LEFT JOIN LATERAL {score.SKILL} skill ON true
 WHERE {scope}
   AND {HANDED_OUT}
   AND {all_hold(PAIR_RULES)}"""


def refresh(scope: str, rows: str) -> str:
    """A statement: candidate rows in `scope` are made those of the rules; rows that stay as they
    are are not written. `rows` is the same scope over tasks_candidate. Returns how many there are,
    how many were new, changed, and taken away.
    """
    return f"""
WITH found AS MATERIALIZED ({found(scope)}
), scored AS (
    SELECT found.*, {score.SCORE.format(row="found")} AS score
      FROM found JOIN tasks_project project ON project.id = found.project_id
), gone AS (
    DELETE FROM tasks_candidate old
     WHERE {rows}
       AND NOT EXISTS (SELECT 1 FROM found WHERE found.annotator_id = old.annotator_id
                                             AND found.project_id = old.project_id)
    RETURNING 1
), kept AS (
    INSERT INTO tasks_candidate (annotator_id, project_id, score, {_COLUMNS}, newcomer,
                                 refreshed_at)
    SELECT annotator_id, project_id, score, {_COLUMNS}, newcomer, core_now() FROM scored
     ORDER BY annotator_id, project_id
    ON CONFLICT (annotator_id, project_id) DO UPDATE SET {_SET}
     WHERE ({_CHANGED}) IS DISTINCT FROM ({_NEW})
    RETURNING xmax = 0 AS made
)
SELECT (SELECT count(*) FROM found), (SELECT count(*) FROM kept WHERE made),
       (SELECT count(*) FROM kept WHERE NOT made), (SELECT count(*) FROM gone)"""


REFRESH_PROJECT = refresh("project.id = %(project)s", "old.project_id = %(project)s")
REFRESH_ANNOTATOR = refresh("annotator.id = %(annotator)s", "old.annotator_id = %(annotator)s")

# A candidate counts as active when they claimed something lately or joined lately. Shares are
# reckoned among those, or work would be kept for people who never come.
REFRESH_MATCHING = f"""
INSERT INTO tasks_matching AS matching (project_id, eligible, active, newcomers, slots, share_cap,
                                        share_mean, slowed_why, refreshed_at)
SELECT project.id, people.eligible, people.active, people.newcomers, tasks.slots,
       CASE WHEN people.active > 0 THEN greatest({score.LEAST_SHARE},
            ceil(project.share_factor * tasks.slots / people.active)) END,
       people.claims::float / greatest(people.active, 1), '', core_now()
  FROM tasks_project project
 CROSS JOIN LATERAL (
     SELECT coalesce(sum(batch.size), 0) * project.overlap AS slots
       FROM tasks_batch batch WHERE batch.project_id = project.id) tasks
 CROSS JOIN LATERAL (
     SELECT count(*) AS eligible,
            count(*) FILTER (WHERE last.at > core_now() - interval '{score.ACTIVE.days} days')
                AS active,
            count(*) FILTER (WHERE candidate.newcomer AND last.at > core_now() - interval
                '{score.AROUND.total_seconds():.0f} seconds') AS newcomers,
            coalesce(sum(mine.claims), 0) AS claims
       FROM tasks_candidate candidate
       JOIN accounts_annotatorprofile annotator ON annotator.id = candidate.annotator_id
      CROSS JOIN LATERAL (
          SELECT greatest(annotator.created_at, (
              SELECT max(work.claimed_at) FROM tasks_assignment work
               WHERE work.annotator_id = annotator.id)) AS at) last
      CROSS JOIN LATERAL (
          SELECT count(*) AS claims FROM tasks_assignment own
           WHERE own.project_id = project.id AND own.annotator_id = annotator.id
             AND own.state NOT IN ('expired', 'released')) mine
      WHERE candidate.project_id = project.id) people
 WHERE project.id = %(project)s
ON CONFLICT (project_id) DO UPDATE
   SET eligible = EXCLUDED.eligible, active = EXCLUDED.active, newcomers = EXCLUDED.newcomers,
       slots = EXCLUDED.slots, share_cap = EXCLUDED.share_cap, share_mean = EXCLUDED.share_mean,
       refreshed_at = EXCLUDED.refreshed_at"""
