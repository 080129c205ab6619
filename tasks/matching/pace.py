"""How long experts need for a project, and how its work would fall to them.

An expert is a pair: answers a day, and the most answers they may still give to the project. Each
works at their own pace until their limit, as far as there is work.
"""

from collections.abc import Sequence
from itertools import accumulate

Expert = tuple[float, int]


def days_to_finish(slots: int, experts: Sequence[Expert]) -> float | None:
    """Days until `slots` answers are given; None where the limits do not reach so far.

    The smallest D with sum(min(pace * D, limit)) >= slots: the sum grows in straight pieces, one
    for each expert who reaches their limit.
    """
    if slots <= 0:
        return 0.0
    working = sorted((limit / pace, limit, pace) for pace, limit in experts if pace > 0 < limit)
    if sum(limit for _, limit, _ in working) < slots:
        return None
    # the pace of those who have not reached their limit yet
    still = list(accumulate(pace for _, _, pace in reversed(working)))[::-1]
    given, end = 0, 0.0
    for (end, limit, _), pace in zip(working, still, strict=True):
        if given + end * pace >= slots:
            return (slots - given) / pace
        given += limit
    return end


def shares(slots: int, experts: Sequence[Expert]) -> list[float]:
    """Which part of `slots` falls to each expert when all of it is done, or as much as can be."""
    if slots <= 0:
        return [0.0 for _ in experts]
    days = days_to_finish(slots, experts)
    if days is None:
        return [limit / slots if pace > 0 else 0.0 for pace, limit in experts]
    return [min(pace * days, limit) / slots for pace, limit in experts]
