"""What becomes of a payout row: taken, sent, failed, frozen. Each is one transaction.

The row is the outbox of its transfer. What one worker learnt is written only while the row is still
that worker's (`last_sent_at` is the fence), except for a transfer that exists: that is a fact,
whoever saw it.
"""

import uuid

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.actions import adverse
from accounts.actions.notices import notify
from accounts.states import AdverseKind, PolicyRule
from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor
from marketplace.core.states import move
from payments.actions import debts, differences, trying
from payments.actions.ledger import Posting, post
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.currencies import major
from payments.models import ConnectedAccount, Difference, Payout
from payments.selectors.rails import withheld
from payments.states import MADE, PAYOUT_MOVES, DifferenceState, EarningState, PayoutState
from payments.stripe.gateway import Transfer

log = structlog.get_logger(__name__)

WAITING = (PayoutState.READY, PayoutState.SENDING, PayoutState.UNKNOWN)
SETUP = "/payouts/setup/"
CONTRADICTED = "payout_contradicted"  # the difference, and the verb of its entry in the trail
WITHHELD = (
    "What Stripe says about this payout does not agree with our books, so nothing more is sent "
    "until a person has looked. The money stays yours."
)


def due() -> Q:
    """Rows whose turn it is: new ones, retries, and those whose worker died.

    What was not sent yet waits while its account does: new bank details, or its owner said stop.
    """
    waiting = ConnectedAccount.objects.filter(withheld(), annotator=OuterRef("annotator"))
    waits = Q(state=PayoutState.READY) & Q(Exists(waiting))
    return Q(state__in=WAITING, next_try_at__lte=clock.Now()) & ~waits


def is_due(payout_id: uuid.UUID) -> bool:
    """Whether it is this row's turn, as of now; only `take` decides."""
    return Payout.objects.filter(due(), pk=payout_id).exists()


def take(payout_id: uuid.UUID) -> Payout | None:
    """Claim a due row for one try and commit that before the call; None: not due, or taken.

    A row that was `sending` had a worker that died: its call may have worked.
    """
    rows = Payout.objects.filter(due(), pk=payout_id)
    return trying.take(rows, moves=PAYOUT_MOVES)


@transaction.atomic
def sent(payout_id: uuid.UUID, transfer: Transfer, *, by: Actor) -> bool:
    """The transfer exists: the money has left, the earnings are paid. Once, whoever saw it.

    False where our books say otherwise (a second transfer, or one of a payout that failed): nothing
    is booked, and it is kept for a person until one has settled it.
    """
    row = Payout.objects.select_for_update(no_key=True).get(pk=payout_id)
    if row.state in MADE and row.stripe_transfer == transfer.id:
        return True
    if PayoutState.SENT not in PAYOUT_MOVES.get(row.state, frozenset()):
        return not _contradicted(row, transfer, by=by)
    move(
        row,
        PayoutState.SENT,
        PAYOUT_MOVES,
        stripe_transfer=transfer.id,
        sent_at=clock.now(),
        last_error="",
    )
    row.earnings.update(state=EarningState.PAID)
    pot = owner("annotator", row.annotator_id)
    legs = [
        ("annotator_in_transit", pot, -row.amount_minor),
        ("clearing_transfer", PLATFORM, row.amount_minor),
    ]
    audit.record("payout_sent", row, by=by, transfer=transfer.id)
    _tell(row, f"A payout of {major(row.amount_minor, row.currency)} is on its way to you.")
    data = {"transfer": transfer.id, "made_at": transfer.made_at.isoformat()}
    post([Posting(f"payout:{row.pk}:done", "payout_done", legs, row.currency, data)], by=by)
    return True


def _contradicted(row: Payout, transfer: Transfer, *, by: Actor) -> bool:
    """Keep the contradiction, written to the trail once; whether a person has still to settle it.

    The caller holds the payout's row. What was settled is not opened again: the same transfer is
    read for days.
    """
    subject = f"transfer:{transfer.id}"
    kept = Difference.objects.filter(kind=CONTRADICTED, subject=subject)
    if kept.filter(state=DifferenceState.RESOLVED).exists():
        return False
    sent_as = f" as {row.stripe_transfer}" if row.stripe_transfer else ""
    reason = f"It is {row.state}{sent_as}, and Stripe has the transfer {transfer.id}."
    if not kept.exists():
        log.error(CONTRADICTED, payout=str(row.pk), transfer=transfer.id)
        audit.record(CONTRADICTED, row, by=by, reason=reason, transfer=transfer.id)
    differences.found(
        kind=CONTRADICTED,
        subject=subject,
        reason=f"Payout {row.pk}: {reason}",
        currency=transfer.currency,
        ours_minor=0,
        theirs_minor=transfer.amount_minor,
        by=by,
    )
    return True


@transaction.atomic
def failed(taken: Payout, reason: str, *, by: Actor) -> None:
    """It was surely not sent and cannot be: the money is payable again. The only way back.

    The annotator is told, upper rooms learn that the rail changed.
    """
    row = trying.still(taken)
    if row is None:
        return
    row.earnings.update(state=EarningState.PAYABLE, payout=None)
    debts.undo_payout(row)
    move(row, PayoutState.FAILED, PAYOUT_MOVES, last_error=reason, ambiguous=False)
    pot = owner("annotator", row.annotator_id)
    legs = [
        ("annotator_in_transit", pot, -row.amount_minor),
        ("annotator_payable", pot, row.amount_minor + row.recovered_minor),
        *[(kind, whose, -kept) for kind, whose, kept in debts.kept_leg(row)],
    ]
    audit.record("payout_failed", row, by=by, reason=reason)
    amount = major(row.amount_minor, row.currency)
    _tell(row, f"Your payout of {amount} could not be sent. Check your payout set-up.", SETUP)
    outbox.emit("payments.rail_changed", annotator_id=str(row.annotator_id))
    post([Posting(f"payout:{row.pk}:failed", "payout_failed", legs, row.currency)], by=by)


@transaction.atomic
def frozen(taken: Payout, reason: str, *, by: Actor) -> None:
    """Something that only a person can judge: nothing more is sent until one has.

    Pay is withheld by that: the act is written down, and the annotator told.
    """
    row = trying.still(taken)
    if row is not None:
        log.error("payout_frozen", payout=str(row.pk), reason=reason)
        act = adverse.record(
            annotator=row.annotator,
            kind=AdverseKind.PAY_WITHHELD,
            subject=f"payout:{row.pk}",
            rule=PolicyRule.PAYOUT,
            text=WITHHELD,
            evidence=[f"payout:{row.pk}"],
            by=by,
        )
        move(row, PayoutState.FROZEN, PAYOUT_MOVES, last_error=reason)
        audit.record("payout_frozen", row, by=by, reason=reason)
        amount = major(row.amount_minor, row.currency)
        _tell(row, f"Your payout of {amount} waits for a person.", adverse.page_of(act))


def _tell(row: Payout, text: str, link: str = "/earnings/") -> None:
    notify(user_id=row.annotator.user_id, kind="payout", text=text, link=link)
