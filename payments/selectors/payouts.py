"""Payouts: which are open, which could begin, which need a person."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Exists, F, Min, OuterRef, QuerySet, Sum

from marketplace.core import clock
from payments.models import ConnectedAccount, Earning, Payout
from payments.selectors.rails import ACTIVE
from payments.states import EarningState, PayoutState

UNSENT = (PayoutState.READY, PayoutState.SENDING, PayoutState.UNKNOWN)
OPEN = (*UNSENT, PayoutState.FROZEN)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An annotator whose payable money in one currency could be paid now."""

    annotator_id: uuid.UUID
    currency: str
    amount_minor: int


def is_frozen(payout_id: str) -> bool:
    """Whether this payout waits for a person."""
    return Payout.objects.filter(pk=payout_id, state=PayoutState.FROZEN).exists()


def frozen_count() -> int:
    """How many payouts need a person."""
    return Payout.objects.filter(state=PayoutState.FROZEN).count()


def open_payout(annotator_id: uuid.UUID, currency: str) -> Payout | None:
    """The payout under way; there is one at most."""
    rows = Payout.objects.filter(annotator=annotator_id, currency=currency, state__in=OPEN)
    return rows.first()


def unsent_minor() -> dict[str, int]:
    """What open payouts will take from our balance at Stripe, by currency."""
    rows = Payout.objects.filter(state__in=UNSENT).values("currency")
    return {row["currency"]: row["minor"] for row in rows.annotate(minor=Sum("amount_minor"))}


def candidates(*, minimum: int, every: dt.timedelta, limit: int = 500) -> list[Candidate]:
    """Who is due: enough payable money, an account that may be paid, none open, the last long ago.

    Earnings whose hold is over but which no sweep has made payable yet are waited for, so that one
    payout takes them all. Oldest money first.
    """
    mine = {"annotator": OuterRef("annotator"), "currency": OuterRef("currency")}
    recent = Payout.objects.filter(**mine, created_at__gt=clock.after(-every)).exclude(
        state=PayoutState.FAILED
    )
    maturing = Earning.objects.filter(
        **mine, state=EarningState.PENDING, hold_until__lte=clock.Now()
    )
    rows = (
        _payable()
        .exclude(Exists(recent))
        .exclude(Exists(maturing))
        .exclude(Exists(Payout.objects.filter(**mine, state__in=OPEN)))
        .values("annotator", "currency")
        .annotate(minor=Sum(F("amount_minor") - F("taken_minor")), oldest=Min("hold_until"))
        .filter(minor__gte=minimum)
        .order_by("oldest", "annotator", F("currency"))[:limit]
    )
    return [Candidate(row["annotator"], row["currency"], row["minor"]) for row in rows]


def _payable() -> QuerySet[Earning]:
    able = ConnectedAccount.objects.filter(
        annotator=OuterRef("annotator"), transfers=ACTIVE, stripe_account__isnull=False
    )
    return Earning.objects.filter(Exists(able), state=EarningState.PAYABLE)
