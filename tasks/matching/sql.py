"""The rules and the score put together into statements; nothing here runs them."""

from collections.abc import Sequence

from tasks.matching import score
from tasks.matching.rules import PAIR_RULES, Rule, within

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


_KEPT = ("score", *score.PARTS, "newcomer")
_COLUMNS = ", ".join(_KEPT)
_SET = ", ".join(f"{name} = EXCLUDED.{name}" for name in (*_KEPT, "refreshed_at"))
_PARTS = ",\n             ".join(f"({sql})::float AS {name}" for name, sql in score.PARTS.items())
# Pairs whose domains go together, found by index: few of all. The rules decide about each.
_LIKELY_OF_PROJECT = f"""
    SELECT DISTINCT declared.annotatorprofile_id AS annotator_id, project.id AS project_id
      FROM tasks_project project
      JOIN accounts_domain node ON {within("node.path", "project.domain_id")}
      JOIN accounts_annotatorprofile_domains declared ON declared.domain_id = node.path
     WHERE project.id = %(project)s AND {HANDED_OUT}"""
_LIKELY_OF_ANNOTATOR = f"""
    SELECT DISTINCT declared.annotatorprofile_id AS annotator_id, project.id AS project_id
      FROM accounts_annotatorprofile_domains declared
      JOIN tasks_project project ON {within("declared.domain_id", "project.domain_id")}
     WHERE declared.annotatorprofile_id = %(annotator)s AND {HANDED_OUT}"""


def refresh(likely: str, rows: str, one: str) -> str:
    """A statement: the candidate rows of the `likely` pairs are made those of the rules, and other
    rows in the scope `rows` (a condition over `old`) go. `one` says which annotator or project that
    is, so that PostgreSQL looks it up once. Rows that stay as they are are not written. Returns how
    many there are, how many were new, changed, and taken away.
    """
    return f"""
WITH likely AS MATERIALIZED ({likely}
), eligible AS MATERIALIZED (
    SELECT likely.annotator_id, likely.project_id
      FROM likely
      JOIN accounts_annotatorprofile annotator ON annotator.id = likely.annotator_id
      JOIN tasks_project project ON project.id = likely.project_id
     WHERE {one} AND {all_hold(PAIR_RULES)}
), found AS MATERIALIZED (
    SELECT annotator.id AS annotator_id, project.id AS project_id, part.*,
           {score.SCORE.format(row="part")} AS score
      FROM eligible
      JOIN accounts_annotatorprofile annotator ON annotator.id = eligible.annotator_id
      JOIN tasks_project project ON project.id = eligible.project_id
      LEFT JOIN tasks_matching matching ON matching.project_id = project.id
      LEFT JOIN tasks_fit fit ON fit.project_id = project.id AND fit.annotator_id = annotator.id
      {score.LATERALS}
     CROSS JOIN LATERAL (
      SELECT {score.NEWCOMER} AS newcomer,
             {_PARTS} OFFSET 0) part
     WHERE {one}
), before AS MATERIALIZED (
    SELECT old.* FROM tasks_candidate old WHERE {rows}
), gone AS (
    DELETE FROM tasks_candidate USING before
     WHERE tasks_candidate.id = before.id
       AND (before.annotator_id, before.project_id)
           NOT IN (SELECT annotator_id, project_id FROM found)
    RETURNING 1
), moved AS MATERIALIZED (
    SELECT found.*, before.id IS NULL AS made
      FROM found LEFT JOIN before USING (annotator_id, project_id)
     WHERE ({", ".join(f"before.{name}" for name in _KEPT)})
           IS DISTINCT FROM ({", ".join(f"found.{name}" for name in _KEPT)})
), kept AS (
    INSERT INTO tasks_candidate (annotator_id, project_id, {_COLUMNS}, refreshed_at)
    SELECT annotator_id, project_id, {_COLUMNS}, core_now() FROM moved
     ORDER BY annotator_id, project_id
    ON CONFLICT (annotator_id, project_id) DO UPDATE SET {_SET}
)
SELECT (SELECT count(*) FROM found), (SELECT count(*) FROM moved WHERE made),
       (SELECT count(*) FROM moved WHERE NOT made), (SELECT count(*) FROM gone)"""


REFRESH_PROJECT = refresh(
    _LIKELY_OF_PROJECT, "old.project_id = %(project)s", "project.id = %(project)s"
)
REFRESH_ANNOTATOR = refresh(
    _LIKELY_OF_ANNOTATOR, "old.annotator_id = %(annotator)s", "annotator.id = %(annotator)s"
)

# A candidate counts as active when they claimed something lately or joined lately. Shares are
# reckoned among those, or work would be kept for people who never come.
REFRESH_MATCHING = f"""
INSERT INTO tasks_matching AS matching (project_id, eligible, active, newcomers, slots, share_cap,
                                        share_mean, slowed_why, starters_until, refreshed_at)
SELECT project.id, people.eligible, people.active, people.newcomers, tasks.slots,
       CASE WHEN people.active > 0 THEN greatest({score.LEAST_SHARE},
            ceil(project.share_factor * tasks.slots / people.active)) END,
       people.claims::float / greatest(people.active, 1), '',
       core_now() + interval '{score.STARTERS_WAIT}', core_now()
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
      CROSS JOIN LATERAL (
          SELECT greatest((SELECT annotator.created_at FROM accounts_annotatorprofile annotator
                            WHERE annotator.id = candidate.annotator_id), (
              SELECT max(work.claimed_at) FROM tasks_assignment work
               WHERE work.annotator_id = candidate.annotator_id)) AS at OFFSET 0) last
       LEFT JOIN (
          SELECT own.annotator_id, count(*) AS claims FROM tasks_assignment own
           WHERE own.project_id = %(project)s AND own.state NOT IN ('expired', 'released')
           GROUP BY own.annotator_id) mine ON mine.annotator_id = candidate.annotator_id
      WHERE candidate.project_id = %(project)s) people
 WHERE project.id = %(project)s
ON CONFLICT (project_id) DO UPDATE
   SET eligible = EXCLUDED.eligible, active = EXCLUDED.active, newcomers = EXCLUDED.newcomers,
       slots = EXCLUDED.slots, share_cap = EXCLUDED.share_cap, share_mean = EXCLUDED.share_mean,
       starters_until = CASE WHEN EXCLUDED.slots > matching.slots
           THEN EXCLUDED.starters_until ELSE matching.starters_until END,
       refreshed_at = EXCLUDED.refreshed_at"""
