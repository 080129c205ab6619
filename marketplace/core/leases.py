"""Leases: how a claim is extended, when it is over, and how a late holder is recognised."""

import datetime as dt
from typing import TypeVar

from django.db.models import Q, QuerySet

from marketplace.core.clock import Now, after, now
from marketplace.core.errors import Refused
from marketplace.core.models import LeasedModel

MAX_EXTENSIONS = 3
Leased = TypeVar("Leased", bound=LeasedModel)


def live() -> Q:
    """The lease still runs, by the database's clock."""
    return Q(leased_until__gt=Now())


def over() -> Q:
    """The lease has run out, by the database's clock."""
    return Q(leased_until__lte=Now())


def hold(row: LeasedModel, fence: int) -> None:
    """Refuse a holder whose fencing token is old (`stale_claim`) or whose time is over
    (`too_late`).

    The caller has locked and re-read the row.
    """
    if row.fence != fence:
        raise Refused("stale_claim", "This claim has passed on: open the task again.")
    if row.leased_until <= now():
        raise Refused("too_late", "The time for this claim is over.")


def extend(row: LeasedModel, length: dt.timedelta) -> None:
    """Give a live lease `length` from now, at most three times; refuses `no_more_extensions`."""
    if row.extensions >= MAX_EXTENSIONS:
        raise Refused("no_more_extensions", f"A claim is extended {MAX_EXTENSIONS} times at most.")
    row.extensions += 1
    row.leased_until = after(length)
    row.save(update_fields=["extensions", "leased_until"])
    row.refresh_from_db(fields=["leased_until"])


def expired(rows: QuerySet[Leased]) -> QuerySet[Leased]:
    """Those of `rows` whose lease is over, oldest first."""
    return rows.filter(over()).order_by("leased_until")
