"""What keeps an annotator from one task, rule by rule; a claim asks it all at once.

Conditions over `annotator`, `project`, `task`, and `matching` and `candidate` (both perhaps
missing). Together they say what `tasks.matching.instant.NOT_MINE` and the order of a claim say; a
test holds them to it. Of gold they say what they would say of a task that nobody else was given.
Sentences name nobody: not who took a place, not whose answers go together.
"""

from tasks.matching.rules import Rule
from tasks.matching.score import KEPT

_OTHERS = "The other tasks of the project are open to you as before."
_OWN = """
    SELECT {columns} FROM tasks_assignment own
     WHERE own.task_id = task.id AND own.annotator_id = annotator.id AND own.state {states}"""
_ENDED = "IN ('expired', 'released')"
_LIVE = "NOT IN ('expired', 'released')"
_BACK = "= 'released'"
_TAKEN = "NOT IN ('expired', 'released', 'rejected')"
_ANY = "IS NOT NULL"
_TRIED = f"(SELECT count(*) FROM ({_OWN.format(columns='1', states=_ENDED)}) tried)"
_MOST_TRIED = "project.setbacks_allowed"
_SEEN = """
    SELECT {columns} FROM tasks_reviewassignment seen
      JOIN tasks_submission answer ON answer.id = seen.submission_id
     WHERE answer.task_id = task.id AND seen.reviewer_id = annotator.user_id"""
_FELLOWS = f"""
    SELECT {{columns}} FROM tasks_collusionmember self
      JOIN tasks_collusionmember fellow ON fellow.component = self.component
      JOIN tasks_assignment theirs ON theirs.annotator_id = fellow.annotator_id
     WHERE self.annotator_id = annotator.id AND fellow.annotator_id <> annotator.id
       AND theirs.task_id = task.id AND theirs.state {_LIVE}"""

TASK_RULES: tuple[Rule, ...] = (
    Rule(
        "task_over",
        "Answers still wanted",
        "task.state NOT IN ('disputed', 'concluded', 'cancelled')",
        "jsonb_build_object('state', task.state)",
        "This task takes no more answers.",
        _OTHERS,
    ),
    Rule(
        "not_by_name",
        "Open by name",
        f"task.state <> 'gold' OR EXISTS ({_OWN.format(columns='1', states=_ANY)})",
        "jsonb_build_object('state', task.state)",
        "This task is not handed out by name.",
        "Ask for the next task.",
    ),
    Rule(
        "task_set_aside",
        "Not set aside",
        f"task.state <> 'attention' AND NOT (task.state = 'gold' AND {_TRIED} >= {_MOST_TRIED})",
        "jsonb_build_object('setbacks', task.setbacks, 'since', task.attention_at)",
        "This task is set aside for the moment.",
        "Staff look at it and hand it out again, or not.",
    ),
    Rule(
        "task_filled",
        "A free place",
        f"""task.state <> 'filled' AND NOT (task.state = 'gold' AND task.overlap = 1
            AND EXISTS ({_OWN.format(columns="1", states=_TAKEN)}))""",
        f"""jsonb_build_object('overlap', task.overlap, 'taken_by', (
            SELECT coalesce(jsonb_agg(person.email ORDER BY person.email), '[]')
              FROM tasks_assignment held
              JOIN accounts_annotatorprofile holder ON holder.id = held.annotator_id
              JOIN accounts_user person ON person.id = holder.user_id
             WHERE held.task_id = task.id AND held.state {_LIVE}))""",
        "All places of this task are taken.",
        "A place comes free when a claim runs out or is given back.",
    ),
    Rule(
        "already_on_task",
        "Not on it already",
        f"NOT EXISTS ({_OWN.format(columns='1', states=_LIVE)})",
        f"""jsonb_build_object('claims', (
            SELECT coalesce(jsonb_agg(found.state), '[]')
              FROM ({_OWN.format(columns="own.state", states=_LIVE)}) found))""",
        "You have this task in hand, or have answered it.",
        _OTHERS,
    ),
    Rule(
        "given_back",
        "Not given back",
        f"NOT EXISTS ({_OWN.format(columns='1', states=_BACK)})",
        f"""jsonb_build_object('why', (
            SELECT coalesce(jsonb_agg(found.skip_reason), '[]')
              FROM ({_OWN.format(columns="own.skip_reason", states=_BACK)}) found))""",
        "You gave this task back, so it goes to others.",
        "While it has a free place you can claim it again from its page.",
    ),
    Rule(
        "answer_seen",
        "No other answer seen",
        f"NOT EXISTS ({_SEEN.format(columns='1')})",
        f"""jsonb_build_object('reviews', (
            SELECT count(*) FROM ({_SEEN.format(columns="1")}) found))""",
        "You have seen another answer to this task as a reviewer.",
        _OTHERS,
    ),
    Rule(
        "not_independent",
        "Independent answers",
        f"NOT EXISTS ({_FELLOWS.format(columns='1')})",
        f"""jsonb_build_object('reasons', (
            SELECT coalesce(jsonb_agg(DISTINCT found.reason), '[]')
              FROM ({_FELLOWS.format(columns="self.reason")}) found))""",
        "This task needs an answer that is independent of those it has.",
        _OTHERS,
    ),
    Rule(
        "kept_for_newcomers",
        "Not kept for newcomers",
        f"NOT (task.starter AND {KEPT} AND NOT coalesce(candidate.newcomer, true))",
        """jsonb_build_object('starter', task.starter,
            'newcomers', coalesce(matching.newcomers, 0))""",
        "This task is kept for experts who are new in the field.",
        "It goes to everybody when no newcomer has come for some hours.",
    ),
)
