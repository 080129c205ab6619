"""Payouts begin here: what is payable goes into one row for each annotator and currency."""

import datetime as dt
import uuid

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import NotFound, Refused
from marketplace.core.states import lock, move
from payments.actions import debts, rails, sending
from payments.actions.ledger import Posting, post
from payments.actions.outcomes import sent
from payments.chart import pot as owner
from payments.currencies import CONNECT_TRANSFER, major, rail_for
from payments.models import ConnectedAccount, Earning, Payout
from payments.selectors import payouts as selector
from payments.selectors.rails import ACTIVE, CLOSED
from payments.states import PAYOUT_MOVES, EarningState, PayoutState

log = structlog.get_logger(__name__)


@transaction.atomic
def start(
    *,
    annotator_id: uuid.UUID,
    currency: str,
    by: Actor,
    until: dt.datetime | None = None,
    most_minor: int | None = None,
) -> Payout:
    """Put everything payable to an annotator in one currency into a payout, and promise to send it.

    Refuses `payouts_not_set_up` while Stripe does not allow transfers, `payout_open` while another
    one is under way, and `below_minimum`. Asked twice at once, the second finds the first. A part
    is kept for what the annotator owes.

    A run takes only what was payable at the moment `until`, and refuses (`changed`) more than it
    has approved, `most_minor`; it promises nothing, since the sweep sends at the pace allowed.
    """
    row, posting = _begin(
        annotator_id=annotator_id, currency=currency, until=until, most_minor=most_minor, by=by
    )
    post([posting], by=by)
    return row


@transaction.atomic
def _begin(
    *,
    annotator_id: uuid.UUID,
    currency: str,
    by: Actor,
    until: dt.datetime | None = None,
    most_minor: int | None = None,
) -> tuple[Payout, Posting]:
    """The row and what it locks; the caller books it."""
    account = _account(annotator_id)
    if selector.open_payout(annotator_id, currency) is not None:
        raise Refused("payout_open", "A payout is already under way.")
    payable = Earning.objects.filter(
        annotator=annotator_id, currency=currency, state=EarningState.PAYABLE
    )
    if until is not None:
        payable = payable.filter(hold_until__lte=until)
    earnings = list(payable.select_for_update(no_key=True).order_by("id"))
    amount = sum(earning.amount_minor - earning.taken_minor for earning in earnings)
    least = selector.least_minor(currency)
    if amount < least or not earnings:
        raise Refused(
            "below_minimum",
            _("Payouts begin at %(least)s; %(more)s more and you can ask.")
            % {"least": major(least, currency), "more": major(least - amount, currency)},
        )
    if most_minor is not None and amount > most_minor:
        raise Refused("changed", "More is payable than was approved.")
    parts = debts.keep_back(annotator_id, currency, amount, least=least)
    kept = sum(part for _, part in parts)
    row = Payout.objects.create(
        annotator_id=annotator_id,
        destination=account.stripe_account or "",
        rail=rail_for(account.annotator.country) or CONNECT_TRANSFER,  # whose account it is stays
        currency=currency,
        amount_minor=amount - kept,
        recovered_minor=kept,
    )
    debts.settle(parts, "payout", payout=row)
    ids = [earning.pk for earning in earnings]
    Earning.objects.filter(pk__in=ids).update(state=EarningState.IN_TRANSIT, payout=row)
    audit.record("started_payout", row, by=by, amount_minor=amount - kept, currency=currency)
    if until is None:
        outbox.enqueue("payments.send_payout", payout_id=str(row.pk))
    pot = owner("annotator", annotator_id)
    legs = [
        ("annotator_payable", pot, -amount),
        ("annotator_in_transit", pot, row.amount_minor),
        *debts.kept_leg(row),
    ]
    return row, Posting(f"payout:{row.pk}:start", "payout_start", legs, currency)


@transaction.atomic
def request(*, annotator_id: uuid.UUID, by: Actor) -> list[Payout]:
    """The annotator asks for all that is payable, one payout for each currency that `start` takes.

    They are booked together: locks of the ledger are taken once in a transaction, in one order.
    Refuses `nothing_payable`, and where no currency can be paid what `start` says of the first.
    """
    payable = Earning.objects.filter(annotator=annotator_id, state=EarningState.PAYABLE)
    begun, refusals = [], []
    for currency in sorted(set(payable.values_list("currency", flat=True))):
        try:
            begun.append(_begin(annotator_id=annotator_id, currency=currency, by=by))
        except Refused as refusal:
            refusals.append(refusal)
    if not begun:
        nothing = Refused("nothing_payable", "Nothing can be paid out now.")
        raise refusals[0] if refusals else nothing
    post([posting for _row, posting in begun], by=by)
    return [row for row, _posting in begun]


def _account(annotator_id: uuid.UUID) -> ConnectedAccount:
    """The annotator's account, locked: two payouts of one annotator begin one after the other."""
    row = (
        ConnectedAccount.objects.select_for_update(no_key=True)
        .filter(annotator=annotator_id)
        .first()
    )
    if row is None or not row.stripe_account or row.transfers != ACTIVE:
        raise _not_ready(row)
    held = row.payouts_held_until is not None and row.payouts_held_until > clock.now()
    if held or row.stopped_at is not None:
        raise _held(row)
    return row


def _held(row: ConnectedAccount) -> Refused:
    """Why new payouts of this account wait, and for what."""
    if row.stopped_at is not None:
        text = _("Your payouts are frozen, as you asked, until a person has looked.")
        return Refused("payouts_frozen", text)
    text = _("Your bank details changed lately: payouts go on from %(when)s (UTC) on.")
    return Refused("payouts_held", text % {"when": f"{row.payouts_held_until:%Y-%m-%d %H:%M}"})


def _not_ready(row: ConnectedAccount | None) -> Refused:
    """What stands in the way, and what to do about it."""
    if row is not None and row.transfers == CLOSED:
        text = _("Your account at Stripe is closed, so nothing can be sent. Write to support.")
        return Refused("payouts_closed", text)
    if row is not None and row.transfers != "none":
        text = _(
            "Stripe cannot send you money at the moment. Open your payout account and give what is "
            "missing; then ask again. Nothing is lost."
        )
        return Refused("payouts_restricted", text)
    return Refused("payouts_not_set_up", _("Finish your payout set-up at Stripe first."))


def recognise(transfer_id: str, *, by: Actor) -> None:
    """Stripe tells of a transfer: book it if it is a payout's; remote, safe to repeat.

    One that is nobody's is kept in the audit trail for a person, until one has booked it.
    """
    if Payout.objects.filter(stripe_transfer=transfer_id).exists():
        return
    transfer = rails.RAILS[CONNECT_TRANSFER].read(transfer_id)
    payout_id = rails.payout_of(transfer)
    row = Payout.objects.filter(pk=payout_id).first() if payout_id else None
    if row is not None and sending.matches(row, transfer):
        sent(row.pk, transfer, by=by)
        return
    log.error("transfer_orphan", transfer=transfer.id, payout=transfer.payout_id)
    with transaction.atomic():
        audit.record("transfer_orphan", f"transfer:{transfer.id}", by=by)


@transaction.atomic
def unfreeze(*, payout_id: uuid.UUID, reason: str, by: Actor) -> None:
    """A person has looked into a frozen payout: try again, after looking for its transfer twice.

    Refuses one that is not frozen.
    """
    row = Payout.objects.filter(pk=payout_id).first()
    if row is None:
        raise NotFound("payout")
    row = lock(row)
    now = clock.now()
    move(
        row,
        PayoutState.UNKNOWN,
        PAYOUT_MOVES,
        ambiguous=True,
        empty_looks=0,
        last_look_at=now,
        next_try_at=now,
    )
    audit.record("unfroze_payout", row, by=by, reason=reason)
