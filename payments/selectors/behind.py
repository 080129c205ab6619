"""From an entry's key to the rows that stand behind it, and from a row to its entries' keys.

The key names the business fact (docs/money.md): `accept:assignment:<id>`, `payout:<id>:done`.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Model, Q, QuerySet

from accounts.models import Exam
from payments.models import (
    BankPayout,
    Clawback,
    ConnectedAccount,
    Deposit,
    Dispute,
    Earning,
    GoodwillRequest,
    LedgerEntry,
    Payout,
    Recovery,
    Refund,
    Reservation,
    Reversal,
)
from payments.selectors import arrived

Rows = list[Model]


def rows(entry: LedgerEntry) -> Rows:
    """The rows of payments (and exams) that an entry is about, the nearest first."""
    head, _colon, rest = entry.key.partition(":")
    find = _BEHIND.get(head)
    return find(rest, entry.data) if find else []


def holder(key: str) -> str:
    """The holder in a key of its reservation or earning; empty where there is none."""
    head, _colon, rest = key.partition(":")
    return rest if head in {"reserve", "release", "accept"} else ""


def _id(text: object) -> uuid.UUID:
    """The id that a text begins with; the nil UUID, which no row has, where it begins with none."""
    try:
        return uuid.UUID(str(text).partition(":")[0])
    except ValueError:
        return uuid.UUID(int=0)


def _held(rest: str, _data: dict[str, Any]) -> Rows:
    return [*Earning.objects.filter(source=rest), *Reservation.objects.filter(holder=rest)]


def _award(rest: str, _data: dict[str, Any]) -> Rows:
    key = _id(rest)
    return [
        *Earning.objects.filter(source=f"award:{rest}"),
        *GoodwillRequest.objects.filter(pk=key).select_related("annotator__user"),
        *Exam.objects.filter(pk=key).select_related("qualification", "annotator__user"),
        *Clawback.objects.filter(pk=key),
        *Reversal.objects.filter(pk=key),
    ]


def _refund(rest: str, _data: dict[str, Any]) -> Rows:
    key = _id(rest)
    return list(Refund.objects.filter(Q(pk=key) | Q(parts__pk=key)).distinct())


def _recovery(rest: str, _data: dict[str, Any]) -> Rows:
    found = Recovery.objects.filter(pk=_id(rest)).select_related("clawback", "payout")
    return [one for row in found for one in (row, row.clawback)]


def _reversal(rest: str, data: dict[str, Any]) -> Rows:
    payouts = Payout.objects.filter(pk=_id(data.get("payout", "")))
    return [*Reversal.objects.filter(stripe_reversal=rest), *payouts]


def _dispute(rest: str, _data: dict[str, Any]) -> Rows:
    return list(Dispute.objects.filter(stripe_dispute=rest.partition(":")[0]))


def _stripe(_rest: str, data: dict[str, Any]) -> Rows:
    return at_stripe(str(data.get("source", "")))


def _own(model: type[Model]) -> Callable[[str, dict[str, Any]], Rows]:
    return lambda rest, _data: list(model._default_manager.filter(pk=_id(rest)))


_BEHIND: dict[str, Callable[[str, dict[str, Any]], Rows]] = {
    "reserve": _held,
    "release": _held,
    "accept": _held,
    "mature": _own(Earning),
    "payout": _own(Payout),
    "fund": lambda _rest, data: list(Deposit.objects.filter(pk=_id(data.get("deposit", "")))),
    "refund": _refund,
    "award": _award,
    "claw": _own(Clawback),
    "returned": _recovery,
    "write_off": _recovery,
    "reversal": _reversal,
    "dispute": _dispute,
    "txn": _stripe,
}


def at_stripe(number: str) -> Rows:
    """The rows that carry one of Stripe's numbers."""
    if "_" not in number:
        return []
    paid = Q(payment_intent=number) | Q(invoice=number) | Q(checkout_session=number)
    return [
        *Deposit.objects.filter(paid),
        *Payout.objects.filter(stripe_transfer=number),
        *Refund.objects.filter(
            Q(parts__stripe_refund=number) | Q(parts__payment_intent=number)
        ).distinct(),
        *Reversal.objects.filter(stripe_reversal=number),
        *Dispute.objects.filter(Q(stripe_dispute=number) | Q(payment_intent=number)),
    ]


def named(row_id: uuid.UUID) -> Rows:
    """The row of payments that has this id."""
    found: Rows = []
    for model in (
        Earning, Reservation, Payout, Deposit, Refund, Clawback, Recovery, Reversal, Dispute,
        GoodwillRequest,
    ):  # fmt: skip
        found += model._default_manager.filter(pk=row_id)
    return found


def of_subject(subject: str) -> Model | None:
    """The row that a difference is about (`payout:<id>`, `dispute:du_…`), by its id or its number
    at Stripe; of a part its refund; none for what is not ours.
    """
    kind, _colon, rest = subject.partition(":")
    key = _id(rest)
    if not key.int:
        found = [*at_stripe(rest), *BankPayout.objects.filter(stripe_payout=rest)]
    elif kind == "refund_part":
        found = list(Refund.objects.filter(parts__pk=key))
    else:
        found = [*ConnectedAccount.objects.filter(pk=key), *named(key)]
    return found[0] if found else None


def keys_of_row(row: Model) -> list[str]:
    """The keys of the entries that a row led to."""
    find = _KEYS.get(str(row._meta.model_name))
    return find(row) if find else keys_of_holders([f"award:{row.pk}"])  # goodwill, exams


def _keys_of_payout(row: Payout) -> list[str]:
    numbers = row.reversals.exclude(stripe_reversal=None)
    backs = numbers.values_list("stripe_reversal", flat=True)
    return [*_payout(row.pk), *(f"reversal:{number}" for number in backs)]


def _keys_of_deposit(row: Deposit) -> list[str]:
    came = arrived.by_deposit(row.organization_id, row.currency).get(row.pk, [])
    return [f"fund:{intent}" for intent, _minor in came]


def _keys_of_refund(row: Refund) -> list[str]:
    parts = row.parts.values_list("pk", flat=True)
    return [f"refund:{row.pk}:start", *(f"refund:{pk}:failed" for pk in parts)]


def _keys_of_dispute(row: Dispute) -> list[str]:
    ours = LedgerEntry.objects.filter(key__startswith=f"dispute:{row.stripe_dispute}:")
    return list(ours.order_by("id").values_list("key", flat=True))


_KEYS: dict[str, Callable[[Any], list[str]]] = {
    "earning": lambda row: keys_of_holders([row.source]),
    "reservation": lambda row: keys_of_holders([row.holder]),
    "payout": _keys_of_payout,
    "deposit": _keys_of_deposit,
    "refund": _keys_of_refund,
    "clawback": lambda row: _clawbacks(Clawback.objects.filter(pk=row.pk)),
    "recovery": lambda row: [f"returned:{row.pk}", f"write_off:{row.pk}"],
    "reversal": lambda row: [f"reversal:{row.stripe_reversal}", f"award:{row.pk}"],
    "dispute": _keys_of_dispute,
}


def keys_of_holders(holders: Sequence[str]) -> list[str]:
    """Everything that became of promises to these holders: until the payout, and what came back."""
    found = [f"{verb}:{one}" for one in holders for verb in ("reserve", "accept", "release")]
    found += [one for one in holders if one.startswith("award:")]
    earned = Earning.objects.filter(source__in=holders)
    found += [f"mature:{pk}" for pk in earned.values_list("pk", flat=True)]
    for pk in Payout.objects.filter(earnings__in=earned).distinct().values_list("pk", flat=True):
        found += _payout(pk)
    return found + _clawbacks(Clawback.objects.filter(earning__in=earned))


def _payout(pk: object) -> Iterable[str]:
    return [f"payout:{pk}:{step}" for step in ("start", "done", "failed")]


def _clawbacks(taken: QuerySet[Clawback]) -> list[str]:
    found: list[str] = []
    for pk in taken.values_list("pk", flat=True):
        found += [f"claw:{pk}", f"claw:{pk}:reversed", f"award:{pk}"]
    for pk in Recovery.objects.filter(clawback__in=taken).values_list("pk", flat=True):
        found += [f"returned:{pk}", f"write_off:{pk}"]
    return found
