"""Payout runs: what is in one, how far it is, and why others are not in it."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import User
from marketplace.core import clock
from marketplace.core.actors import ActorKind
from payments.models import Payout, PayoutRun, PayoutRunItem
from payments.selectors import payouts
from payments.states import RUN_OPEN, RunItemState, RunState

NOBODY = "Nobody was due."
DAY = dt.timedelta(days=1)
# Each annotator with earned money that is not in a payout, and the first reason that applies.
_LEFT_OUT = """
SELECT reason, count(*), sum(minor)::bigint FROM (
    SELECT CASE WHEN c.stripe_account IS NULL OR c.transfers <> 'active' THEN 'not_set_up'
                WHEN c.payouts_held_until > core_now() OR c.stopped_at IS NOT NULL
                THEN 'new_details'
                WHEN m.payable = 0 THEN 'held'
                WHEN EXISTS (SELECT 1 FROM payments_payout p WHERE p.annotator_id = m.annotator_id
                                AND p.currency = %(currency)s AND p.state = ANY(%(open)s))
                THEN 'payout_open'
                WHEN m.payable < %(least)s THEN 'below_minimum'
                ELSE 'not_due' END AS reason,
           m.payable + m.pending AS minor
      FROM (SELECT annotator_id,
                   coalesce(sum(amount_minor - taken_minor) FILTER (WHERE state = 'payable'), 0)
                       AS payable,
                   coalesce(sum(amount_minor - taken_minor) FILTER (WHERE state = 'pending'), 0)
                       AS pending
              FROM payments_earning
             WHERE currency = %(currency)s AND state IN ('payable', 'pending')
             GROUP BY annotator_id) m
      LEFT JOIN payments_connectedaccount c ON c.annotator_id = m.annotator_id
     WHERE NOT EXISTS (SELECT 1 FROM payments_payoutrunitem i
                         JOIN payments_payoutrun r ON r.id = i.run_id
                        WHERE i.annotator_id = m.annotator_id AND i.state = 'waiting'
                          AND r.currency = %(currency)s AND r.state = ANY(%(runs)s))) each
 GROUP BY reason
"""


@dataclass(frozen=True, slots=True)
class Total:
    """How many annotators, and how much in minor units."""

    annotators: int
    minor: int


def total(run_id: uuid.UUID) -> Total:
    """What a run comes to."""
    found = PayoutRunItem.objects.filter(run=run_id).aggregate(
        count=Count("pk"), minor=Sum("amount_minor")
    )
    return Total(found["count"], found["minor"] or 0)


def with_sums(rows: QuerySet[PayoutRun]) -> QuerySet[Any]:
    """Runs with what each comes to: `people_in` annotators, `minor_in` minor units."""
    return rows.annotate(people_in=Count("items"), minor_in=Coalesce(Sum("items__amount_minor"), 0))


def left_out(currency: str) -> dict[str, dict[str, int]]:
    """Who has money in this currency and is in no open run, counted by reason.

    `not_set_up`, `new_details` (they hold payouts, or their owner said stop), `held`,
    `payout_open`, `below_minimum`, and `not_due`: paid too lately.
    """
    values: dict[str, Any] = {
        "currency": currency,
        "least": payouts.least_minor(currency),
        "open": [str(state) for state in payouts.OPEN],
        "runs": list(RUN_OPEN),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_OUT, values)
        rows = cursor.fetchall()
    return {reason: {"annotators": count, "minor": minor} for reason, count, minor in rows}


def progress(run_id: uuid.UUID) -> dict[str, Total]:
    """How far a run's annotators are: waiting, skipped, or the state of their payout."""
    items = PayoutRunItem.objects.filter(run=run_id)
    found: dict[str, Total] = {}
    for state in (RunItemState.WAITING, RunItemState.SKIPPED):
        row = items.filter(state=state).aggregate(count=Count("pk"), minor=Sum("amount_minor"))
        if row["count"]:
            found[str(state)] = Total(row["count"], row["minor"])
    rows = Payout.objects.filter(run_item__run=run_id).values("state").order_by("state")
    for made in rows.annotate(count=Count("pk"), minor=Sum("amount_minor")):
        found[made["state"]] = Total(made["count"], made["minor"])
    return found


def skipped(run_id: uuid.UUID) -> dict[str, int]:
    """Why annotators of a run were skipped, counted."""
    rows = PayoutRunItem.objects.filter(run=run_id, state=RunItemState.SKIPPED).values("reason")
    return {row["reason"]: row["count"] for row in rows.annotate(count=Count("pk"))}


def approvers(run: PayoutRun) -> list[str]:
    """Who let it go, by name; the schedule where nobody had to."""
    names = []
    for key in filter(None, (run.first_by, run.second_by)):
        kind, _colon, pk = key.partition(":")
        user = User.objects.filter(pk=pk).first() if kind == ActorKind.STAFF else None
        names.append((user.name or user.email) if user else _("by the plan"))
    return names


def waiting_count() -> int:
    """How many runs wait for somebody's approval."""
    return PayoutRun.objects.filter(state=RunState.WAITING).count()


def cancelled_lately() -> set[str]:
    """Currencies whose run was cancelled within a day: no new one is drafted by itself so soon."""
    rows = PayoutRun.objects.filter(state=RunState.CANCELLED, ended_at__gt=clock.after(-DAY))
    rows = rows.exclude(reason=NOBODY)
    return set(rows.values_list("currency", flat=True))
