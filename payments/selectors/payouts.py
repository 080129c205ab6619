"""Payouts: which are open, which could begin, which need a person."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Sum

from marketplace.core import clock
from payments.currencies import CURRENCIES
from payments.models import ConnectedAccount, Earning, Payout, PayoutRunItem
from payments.selectors.rails import ACTIVE, withheld
from payments.states import RUN_OPEN, EarningState, PayoutState, RunItemState

UNSENT = (PayoutState.READY, PayoutState.SENDING, PayoutState.UNKNOWN)
OPEN = (*UNSENT, PayoutState.FROZEN)
ANY_DAY = 7  # of PAYOUT_WEEKDAY


@dataclass(frozen=True, slots=True)
class Candidate:
    """An annotator whose payable money in one currency could be paid now."""

    annotator_id: uuid.UUID
    currency: str
    amount_minor: int


def least_minor(currency: str) -> int:
    """Where payouts in this currency begin."""
    return settings.PAYOUT_MINIMUM_MINOR or CURRENCIES[currency].minimum_payout_minor


def payable_minor(annotator_id: uuid.UUID, currency: str) -> int:
    """What could be paid to an annotator now."""
    rows = Earning.objects.filter(
        annotator=annotator_id, currency=currency, state=EarningState.PAYABLE
    )
    left = rows.aggregate(minor=Sum(F("amount_minor") - F("taken_minor")))["minor"]
    return int(left or 0)


def is_planned_day() -> bool:
    """Whether payouts are planned today (UTC)."""
    return settings.PAYOUT_WEEKDAY in {clock.now().weekday(), ANY_DAY}


def is_withheld(subject: str) -> bool:
    """Whether this payout (`payout:<id>`) waits for a person, or this earning is still held."""
    kind, _, pk = subject.partition(":")
    if kind == "earning":
        held = Earning.objects.filter(state=EarningState.PENDING, hold_until__gt=clock.Now())
        return held.filter(pk=pk).exists()
    return Payout.objects.filter(pk=pk, state=PayoutState.FROZEN).exists()


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


def currencies_due() -> list[str]:
    """In which currencies somebody is due."""
    return [currency for currency in CURRENCIES if candidates(currency=currency, limit=1)]


def candidates(*, currency: str | None = None, limit: int = 500) -> list[Candidate]:
    """Who is due: enough payable money, an account that may be paid, none open, the last long ago.

    The days since the last are counted by the calendar (UTC): who was paid last Friday is due this
    Friday from midnight on. Earnings whose hold is over but which no sweep has made payable yet are
    waited for, so that one payout takes them all. Who waits in an open payout run is not listed
    again. Oldest money first; of one currency, or of all.
    """
    mine = {"annotator": OuterRef("annotator"), "currency": OuterRef("currency")}
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    recently = today - dt.timedelta(days=settings.PAYOUT_EVERY_DAYS - 1)
    in_run = PayoutRunItem.objects.filter(
        annotator=OuterRef("annotator"),
        state=RunItemState.WAITING,
        run__currency=OuterRef("currency"),
        run__state__in=RUN_OPEN,
    )
    recent = Payout.objects.filter(**mine, created_at__gte=recently).exclude(
        state=PayoutState.FAILED
    )
    enough = Q()
    for code in CURRENCIES if currency is None else (currency,):
        enough |= Q(currency=code, minor__gte=least_minor(code))
    maturing = Earning.objects.filter(
        **mine, state=EarningState.PENDING, hold_until__lte=clock.Now()
    )
    rows = (
        _payable()
        .filter(currency__in=CURRENCIES if currency is None else [currency])
        .exclude(Exists(recent))
        .exclude(Exists(maturing))
        .exclude(Exists(Payout.objects.filter(**mine, state__in=OPEN)))
        .exclude(Exists(in_run))
        .values("annotator", "currency")
        .annotate(minor=Sum(F("amount_minor") - F("taken_minor")), oldest=Min("hold_until"))
        .filter(enough)
        .order_by("oldest", "annotator", F("currency"))[:limit]
    )
    return [Candidate(row["annotator"], row["currency"], row["minor"]) for row in rows]


def _payable() -> QuerySet[Earning]:
    able = ConnectedAccount.objects.filter(
        ~withheld(),
        annotator=OuterRef("annotator"),
        transfers=ACTIVE,
        stripe_account__isnull=False,
    )
    return Earning.objects.filter(Exists(able), state=EarningState.PAYABLE)
