"""What holds only at the moment of a claim: caps, the project's state, money, one's own work.

Conditions over `annotator`, or over `annotator`, `project` and `matching` (tasks_matching, perhaps
missing). `{most_open}`, `{most_daily}` and `{most_minutes}` stand for the platform's limits: a
query's parameter or a function's. What concerns one task is `NOT_MINE`, over `task`.
"""

from tasks.matching.rules import Rule

_TODAY = "date_trunc('day', core_now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"
_HELD = """(
    SELECT count(*) FROM tasks_assignment held
     WHERE held.annotator_id = annotator.id AND held.state IN ('claimed', 'returned'))"""
_CLAIMED_TODAY = f"""(
    SELECT count(*) FROM tasks_assignment today
     WHERE today.annotator_id = annotator.id AND today.claimed_at >= {_TODAY}
       AND today.state <> 'released')"""
_MINUTES_TODAY = f"""(
    SELECT coalesce(sum(job.expected_minutes), 0) FROM tasks_assignment today
      JOIN tasks_project job ON job.id = today.project_id
     WHERE today.annotator_id = annotator.id AND today.claimed_at >= {_TODAY}
       AND today.state NOT IN ('expired', 'released'))"""
_MINE = """(
    SELECT count(*) FROM tasks_assignment mine
     WHERE mine.project_id = project.id AND mine.annotator_id = annotator.id AND {which})"""
_LIVE_MINE = _MINE.format(which="mine.state NOT IN ('expired', 'released')")
_HELD_MINE = _MINE.format(which="mine.state IN ('claimed', 'returned')")
_TODAY_MINE = _MINE.format(which=f"mine.state <> 'released' AND mine.claimed_at >= {_TODAY}")

ANNOTATOR_RULES: tuple[Rule, ...] = (
    Rule(
        "cap_reached",
        "Open claims",
        f"{_HELD} < {{most_open}}",
        f"jsonb_build_object('open', {_HELD}, 'most', {{most_open}})",
        "You have {open} tasks open, and {most} are allowed at once. "
        "Finish or give back one of them first.",
        "Finish or give back a task.",
    ),
    Rule(
        "day_cap_reached",
        "Claims a day",
        f"{_CLAIMED_TODAY} < {{most_daily}}",
        f"jsonb_build_object('today', {_CLAIMED_TODAY}, 'most', {{most_daily}})",
        "You have claimed {today} tasks today, and {most} a day are allowed.",
        "A new day begins at midnight UTC.",
    ),
    Rule(
        "hours_reached",
        "Hours a day",
        f"{_MINUTES_TODAY} < {{most_minutes}}",
        f"""jsonb_build_object('minutes', {_MINUTES_TODAY}, 'most', {{most_minutes}})""",
        "Today's tasks come to {minutes} expected minutes, and {most} a day are allowed.",
        "A new day begins at midnight UTC.",
    ),
)

PROJECT_RULES: tuple[Rule, ...] = (
    Rule(
        "project_not_active",
        "Project at work",
        "project.state = 'active'",
        "jsonb_build_object('state', project.state)",
        "This project hands out no tasks at the moment.",
        "Its client starts and pauses it.",
    ),
    Rule(
        "review_backlog",
        "Reviews keep up",
        "matching.slowed_at IS NULL",
        "jsonb_build_object('why', matching.slowed_why, 'since', matching.slowed_at)",
        "Reviews of this project are behind. New tasks wait until they have caught up.",
        "It goes on by itself.",
    ),
    Rule(
        "project_open_reached",
        "Open claims of the project",
        f"(project.most_open IS NULL OR {_HELD_MINE} < project.most_open)",
        f"jsonb_build_object('open', {_HELD_MINE}, 'most', project.most_open)",
        "You have as many tasks of this project open as it allows at once ({open} of {most}).",
        "Finish or give back one of them.",
    ),
    Rule(
        "project_day_reached",
        "Claims a day of the project",
        f"(project.most_daily IS NULL OR {_TODAY_MINE} < project.most_daily)",
        f"jsonb_build_object('today', {_TODAY_MINE}, 'most', project.most_daily)",
        "You have claimed as many tasks of this project today as it allows ({today} of {most}).",
        "A new day begins at midnight UTC.",
    ),
    Rule(
        "project_cap_reached",
        "Claims of the project in all",
        f"(project.most_each IS NULL OR {_LIVE_MINE} < project.most_each)",
        f"jsonb_build_object('mine', {_LIVE_MINE}, 'most', project.most_each)",
        "You have done as many tasks of this project as it allows one expert ({mine} of {most}).",
        "Other projects are open to you as before.",
    ),
    Rule(
        "share_reached",
        "Share of the project",
        f"(matching.share_cap IS NULL OR {_LIVE_MINE} < matching.share_cap)",
        f"jsonb_build_object('mine', {_LIVE_MINE}, 'most', matching.share_cap)",
        "You have done as many tasks of this project as one expert may have while others wait "
        "for work ({mine} of {most}).",
        "The share grows when tasks are added or fewer experts are at work.",
    ),
)

FUNDED = Rule(
    "funds_short",
    "Funds",
    "project.funds_short_at IS NULL",
    "jsonb_build_object('since', project.funds_short_at)",
    "The client's money for this work is used up for the moment. They have been told; "
    "nothing is handed out that could not be paid.",
    "It goes on when the client adds funds.",
)

# What passes at midnight (UTC), and what passes when the annotator finishes something.
BY_MIDNIGHT = frozenset({"day_cap_reached", "hours_reached", "project_day_reached"})
IN_THEIR_HANDS = frozenset({"cap_reached", "project_open_reached", "project_cap_reached"})

# Parameters: {annotator} (profile), {user} (the person), {component} (of collusion, or null). Not
# on it now or before, has seen no answer of another as a reviewer, and nobody is on it whose
# answers go together with theirs. What ran out of time may be taken up again.
_NOT_MINE = """
    NOT EXISTS (
        SELECT 1 FROM tasks_assignment own
         WHERE own.task_id = task.id AND own.annotator_id = {annotator}
           AND own.state NOT IN ({again}) {alone})
    AND NOT EXISTS (
        SELECT 1 FROM tasks_reviewassignment seen
         WHERE seen.task_id = task.id AND seen.reviewer_id = {user} {alone})
    AND ({component} IS NULL OR NOT EXISTS (
        SELECT 1 FROM tasks_assignment theirs
          JOIN tasks_collusionmember fellow ON fellow.annotator_id = theirs.annotator_id
         WHERE theirs.task_id = task.id AND fellow.component = {component}
           AND theirs.state NOT IN ('expired', 'released') {alone}))
"""
# For many tasks at once PostgreSQL compares them with all that the annotator ever did. For the head
# of a queue that is too much: OFFSET makes it look each task up by itself, so that a claim costs a
# veteran as little as a newcomer.
NOT_MINE = _NOT_MINE.replace(" {alone}", "")
NOT_MINE_ONE_BY_ONE = _NOT_MINE.replace("{alone}", "OFFSET 0")
# What {component} is where no function has looked it up before; over `annotator`.
CIRCLE = """(SELECT member.component FROM tasks_collusionmember member
              WHERE member.annotator_id = annotator.id)"""
EXPIRED_AGAIN = "'expired'"
ANY_END_AGAIN = "'expired', 'released'"
