"""What must hold after any number of claims at once, counted in SQL; all of it should be zero."""

from dataclasses import asdict, dataclass

from django.db import connection

# Each answers one number. `live` are the states that occupy a slot.
_LIVE = "('claimed', 'submitted', 'returned', 'accepted', 'rejected')"
OVER_OVERLAP = f"""
SELECT coalesce(sum(surplus), 0) FROM (
    SELECT count(*) - task.overlap AS surplus
      FROM tasks_assignment made JOIN tasks_task task ON task.id = made.task_id
     WHERE made.state IN {_LIVE} GROUP BY task.id HAVING count(*) > task.overlap) over
"""  # noqa: S608 - a constant
TWICE = f"""
SELECT coalesce(sum(surplus), 0) FROM (
    SELECT count(*) - 1 AS surplus FROM tasks_assignment WHERE state IN {_LIVE}
     GROUP BY task_id, annotator_id HAVING count(*) > 1) twice
"""  # noqa: S608 - a constant
SLOTS_OFF = f"""
SELECT count(*) FROM tasks_task task
 WHERE state IN ('open', 'filled')
   AND overlap - open_slots <> (SELECT count(*) FROM tasks_assignment made
                                 WHERE made.task_id = task.id AND made.state IN {_LIVE})
"""  # noqa: S608 - a constant
# Per project: what lies in the reserve is what unsettled claims were quoted.
MONEY_OFF = f"""
SELECT coalesce(sum(abs(coalesce(pot.balance, 0) - coalesce(quoted.minor, 0))), 0)
  FROM (SELECT 'project:' || project_id AS owner_key, sum(price_minor + fee_minor) AS minor
          FROM tasks_assignment WHERE state IN {_LIVE} AND final_at IS NULL GROUP BY 1) quoted
  FULL JOIN (SELECT owner_key, balance FROM payments_ledgeraccount
              WHERE kind = 'project_reserved') pot USING (owner_key)
"""  # noqa: S608 - a constant
PROMISES_OFF = f"""
SELECT count(*)
  FROM (SELECT 'assignment:' || id AS holder, price_minor + fee_minor AS minor
          FROM tasks_assignment WHERE state IN {_LIVE} AND final_at IS NULL) quoted
  FULL JOIN (SELECT holder, price_minor + fee_minor AS minor FROM payments_reservation
              WHERE state = 'held') promised USING (holder)
 WHERE quoted.minor IS DISTINCT FROM promised.minor
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class Damage:
    """How far the tables are from what must hold.

    `double_claims` are claims beyond a task's overlap and second live claims of one annotator on
    one task; `slots_off` tasks whose free slots are not overlap less live claims; `money_off_minor`
    what the reserves differ from the quotes; `promises_off` claims without their reservation, and
    reservations without a claim.
    """

    double_claims: int
    slots_off: int
    money_off_minor: int
    promises_off: int

    def figures(self) -> dict[str, int]:
        """By name."""
        return asdict(self)


def damage() -> Damage:
    """Look at every task and claim of the connected database."""
    return Damage(
        double_claims=_number(OVER_OVERLAP) + _number(TWICE),
        slots_off=_number(SLOTS_OFF),
        money_off_minor=_number(MONEY_OFF),
        promises_off=_number(PROMISES_OFF),
    )


def _number(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(statement)
        (value,) = cursor.fetchone()
        cursor.execute("RESET statement_timeout")
    return int(value)
