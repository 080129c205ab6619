"""Credit notes: pay that was on a self-billed invoice and is taken back after its transfer.

A document that corrects an invoice names it, has a number without gaps, and is issued by whoever
issued the invoice (Articles 219 and 226 of Directive 2006/112/EC). So notes are made also after the
annotator ended the agreement.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from marketplace.core import audit
from marketplace.core.actors import Actor
from payments.models import Clawback, SelfBilledInvoice, SelfBilledNote, SelfBillingAgreement
from payments.states import ClawbackState, EarningKind


def issue(*, by: Actor, limit: int = 200) -> int:
    """Make the notes of what was taken back of invoices, and of what of it was found wrong, the
    oldest first; returns how many. Safe to repeat: a taking back has one note of each kind.
    """
    rows = list(due().order_by("booked_at", "pk")[:limit])
    return sum(_issue(row, by=by) for row in rows)


def due() -> "QuerySet[Clawback]":
    """Taken back of pay that an invoice has, without its note yet, or without the second one."""
    notes = SelfBilledNote.objects.filter(clawback=OuterRef("pk"))
    first, second = notes.filter(withdraws=None), notes.exclude(withdraws=None)
    missing = ~Exists(first) | Q(state=ClawbackState.REVERSED) & ~Exists(second)
    taken = Clawback.objects.filter(
        missing, taken_from="debt", earning__payout__self_billed__isnull=False
    )
    return taken.exclude(earning__kind=EarningKind.GOODWILL)


@transaction.atomic
def _issue(claw: Clawback, *, by: Actor) -> int:
    """The notes that one taking back lacks. The annotator's agreements are locked: numbers go one
    by one, as those of invoices.
    """
    list(
        SelfBillingAgreement.objects.select_for_update(no_key=True).filter(annotator=claw.annotator)
    )
    first = SelfBilledNote.objects.filter(clawback=claw, withdraws=None).first()
    made = 0
    if first is None:
        first = _make(claw, claw.booked_at, None, by=by)
        made = 1
    if claw.state == ClawbackState.REVERSED and not hasattr(first, "withdrawn_by"):
        _make(claw, claw.ended_at, first, by=by)
        made += 1
    return made


def _make(
    claw: Clawback, when: dt.datetime | None, withdraws: SelfBilledNote | None, *, by: Actor
) -> SelfBilledNote:
    at = when or claw.created_at  # the state has a day: the database says so
    mine = SelfBilledNote.objects.filter(annotator=claw.annotator_id, year=at.year)
    row = SelfBilledNote.objects.create(
        invoice=SelfBilledInvoice.objects.get(payout__earnings=claw.earning),
        annotator=claw.annotator,
        clawback=claw,
        withdraws=withdraws,
        year=at.year,
        number=mine.count() + 1,
        currency=claw.currency,
        amount_minor=claw.amount_minor,
        text=claw.earning.label,
        issued_at=at,
    )
    audit.record("issued_credit_note", row, by=by, number=str(row), amount_minor=row.signed_minor)
    return row
