"""Whether a claim is over."""

from marketplace.core import clock
from tasks.models import Assignment
from tasks.states import ENDED, HELD


def is_over(row: Assignment) -> bool:
    """It ended without an answer, or its time has run out and no sweep has come by yet."""
    return row.state in ENDED or (row.state in HELD and row.leased_until <= clock.now())
