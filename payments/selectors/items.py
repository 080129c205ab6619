"""What one piece of accepted work cost, and where the money is: the same figures for both sides.

The client reads what it paid, what the platform took of it and what the expert gets; the expert
reads the same of their own work. Only the reason of a hold, and what a bank did, is the expert's
own matter.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from marketplace.core.actors import Actor
from payments.models import BankPayout, Clawback, Earning, LedgerLeg
from payments.states import MADE, BankPayoutState, ClawbackState, EarningKind, EarningState

GONE = (BankPayoutState.FAILED, BankPayoutState.CANCELED)


@dataclass(frozen=True, slots=True)
class Item:
    """One earning as its two sides see it; minor units.

    `client_minor` = `fee_minor` + `pay_minor`, nothing where the platform pays (an award).
    `taken_back_minor` of the pay was taken back, before or after it was paid (`taken_minor` only
    before); `returned_minor` came back to the project by it. `hold_until` and `hold_reason`
    only while it waits. `bank_on` is the day of the first payout of Stripe's to the expert's bank
    after ours, `bank_state` how far that is.
    """

    id: uuid.UUID
    source: str
    pot: str
    kind: str
    label: str
    annotator: uuid.UUID
    currency: str
    client_minor: int
    fee_minor: int
    pay_minor: int
    lines: Sequence[dict[str, Any]]
    returned_minor: int
    taken_back_minor: int
    taken_minor: int
    state: str
    hold_until: dt.datetime | None
    hold_reason: str
    payout_sent_at: dt.datetime | None
    bank_on: dt.date | None
    bank_state: str
    accepted_at: dt.datetime

    @property
    def kind_label(self) -> str:
        """What it was for, for people."""
        return str(EarningKind(self.kind).label)

    @property
    def state_label(self) -> str:
        """The state, for people."""
        return str(EarningState(self.state).label)


def of_pot(pot: str) -> "QuerySet[Earning]":
    """All that a project's money was earned with, for `told`."""
    return _whole(Earning.objects.filter(pot=pot, reservation__isnull=False))


def of_annotator(actor: Actor) -> "QuerySet[Earning]":
    """All that somebody has earned, for `told`; nobody else's."""
    return _whole(Earning.objects.visible_to(actor))


def _whole(rows: "QuerySet[Earning]") -> "QuerySet[Earning]":
    bank = (
        BankPayout.objects.filter(
            annotator=OuterRef("annotator"),
            currency=OuterRef("currency"),
            made_at__gte=OuterRef("payout__sent_at"),
        )
        .exclude(state__in=GONE)
        .order_by("made_at")
    )
    rows = rows.select_related("payout", "annotator")
    return rows.annotate(
        bank_on=Subquery(bank.values("arrives_on")[:1]),
        bank_state=Subquery(bank.values("state")[:1]),
    )


def told(rows: Iterable[Earning]) -> list[Item]:
    """A page of `of_pot` or `of_annotator`, in two more statements whatever its length."""
    found = list(rows)
    back, taken = _returned(found)
    return [_item(row, back[row.pk], taken[row.pk]) for row in found]


def _returned(rows: Sequence[Earning]) -> tuple[dict[uuid.UUID, int], dict[uuid.UUID, int]]:
    """By earning: what came back to the project, from the ledger and less what was given anew; and
    what was taken back of the pay, wherever that was by then.
    """
    claws = Clawback.objects.filter(earning__in=rows, booked_at__isnull=False)
    keys: dict[str, uuid.UUID] = {}
    taken: dict[uuid.UUID, int] = defaultdict(int)
    for claw, earning, minor, state in claws.values_list("pk", "earning", "amount_minor", "state"):
        keys |= {f"claw:{claw}": earning, f"claw:{claw}:reversed": earning}
        taken[earning] += minor if state == ClawbackState.BOOKED else 0
    legs = LedgerLeg.objects.filter(entry__key__in=[*keys, ""], account__kind="project_funds")
    sums: dict[uuid.UUID, int] = defaultdict(int)
    for key, minor in legs.values_list("entry__key", "amount"):
        sums[keys[key]] += minor
    return sums, taken


def _item(row: Any, returned_minor: int, taken_back_minor: int) -> Item:
    waits = row.state == EarningState.PENDING
    payout = row.payout
    sent = payout.sent_at if payout and payout.state in MADE else None
    award = row.reservation_id is None
    return Item(
        id=row.pk,
        source=row.source,
        pot=row.pot,
        kind=row.kind,
        label=row.label,
        annotator=row.annotator.pseudonym,
        currency=row.currency,
        client_minor=0 if award else row.amount_minor + row.fee_minor,
        fee_minor=row.fee_minor,
        pay_minor=row.amount_minor,
        lines=tuple(row.lines),
        returned_minor=returned_minor,
        taken_back_minor=taken_back_minor,
        taken_minor=row.taken_minor,
        state=row.state,
        hold_until=row.hold_until if waits else None,
        hold_reason=row.hold_reason if waits else "",
        payout_sent_at=sent,
        bank_on=row.bank_on if sent else None,
        bank_state=(row.bank_state or "") if sent else "",
        accepted_at=row.created_at,
    )
