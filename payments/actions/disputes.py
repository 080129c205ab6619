"""A client's bank asks for a payment back: who bears it, and what stands still meanwhile.

The disputed amount is taken from the client's prepaid money, then from its projects' free funds, as
far as they reach; the rest is the platform's loss. What is reserved stays so: claimed work is paid.
No new work is claimed until the dispute is won, or staff let the client go on. Winning gives back
exactly what was taken. Stripe's fee is in its books, and ours by their copy: the platform bears it.
"""

import uuid
from collections import Counter

from django.db import transaction
from django.db.models import Q

from accounts.actions.notices import Telling, notify_many
from accounts.models import Membership
from accounts.states import Role
from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import move
from payments.actions import differences, incoming
from payments.actions.ledger import Leg, Posting, post
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.currencies import CURRENCIES, major
from payments.models import (
    ClientFreeze,
    Dispute,
    LedgerAccount,
    LedgerLeg,
)
from payments.selectors import arrived
from payments.states import DISPUTE_MOVES, DisputeState
from payments.stripe import disputes as stripe_disputes
from payments.stripe import intents
from payments.stripe.gateway import DisputeSeen

# https://docs.stripe.com/api/disputes/object#dispute_object-status
STATES = {
    "warning_needs_response": DisputeState.INQUIRY,
    "warning_under_review": DisputeState.INQUIRY,
    "warning_closed": DisputeState.CLOSED,
    "prevented": DisputeState.CLOSED,
    "needs_response": DisputeState.OPEN,
    "under_review": DisputeState.OPEN,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}
ENDED = (DisputeState.WON, DisputeState.LOST, DisputeState.CLOSED)
FREEZING = (DisputeState.OPEN, DisputeState.LOST)
CHANGED = "payments.client_freeze_changed"


def settle(dispute_id: str, *, by: Actor) -> None:
    """Read a dispute at Stripe and book what it says; remote, safe to repeat.

    An event is only a hint: order and number of events do not matter. Refuses (and so waits for)
    one of a payment that is a deposit's and not booked yet: its client could not bear it.
    """
    seen = stripe_disputes.read_dispute(dispute_id)
    if seen.payment_intent and arrived.deposit_of(seen.payment_intent) is None:
        intent = intents.read(seen.payment_intent)
        if incoming.deposit_of(intent.deposit_id) is not None:
            raise Refused("deposit_not_booked", "The disputed payment is not in our books yet.")
    _keep(seen, by=by)


@transaction.atomic
def _keep(seen: DisputeSeen, *, by: Actor) -> None:
    """The row as it now is, its money, its freeze and its notices, in one transaction."""
    if seen.currency not in CURRENCIES:
        _strange(seen, "This dispute is in a currency that we keep no account in.", by=by)
        return
    row, new = _row(seen)
    state = STATES.get(seen.status, DisputeState.OPEN)
    moved = state != row.state and state in DISPUTE_MOVES.get(row.state, frozenset())
    if moved:
        move(row, state, DISPUTE_MOVES, closed_at=clock.now() if state in ENDED else None)
    row.evidence_due_at, row.reason = seen.due_at, seen.reason[:64]
    row.fee_minor = max(row.fee_minor, sum(one.fee for one in seen.moves))
    postings = _money(row, seen, by=by)
    row.save()
    if new or moved:
        audit.record(f"dispute_{row.state}", row, by=by, amount_minor=row.amount_minor)
        _freeze(row, by=by)
        _tell(row, by=by)
    post(postings, by=by)


def _row(seen: DisputeSeen) -> tuple[Dispute, bool]:
    """The row, locked, and whether it is new."""
    deposit = arrived.deposit_of(seen.payment_intent)
    row, new = Dispute.objects.get_or_create(
        stripe_dispute=seen.id,
        defaults={
            "organization_id": deposit.organization_id if deposit else None,
            "payment_intent": seen.payment_intent,
            "currency": seen.currency,
            "amount_minor": seen.amount_minor,
            "state": STATES.get(seen.status, DisputeState.OPEN),
            "reason": seen.reason[:64],
        },
    )
    return Dispute.objects.select_for_update(no_key=True).get(pk=row.pk), new


def _money(row: Dispute, seen: DisputeSeen, *, by: Actor) -> list[Posting]:
    """What Stripe took since we last looked, and what it gave back."""
    taken = -sum(one.amount for one in seen.moves if one.amount < 0)
    given = sum(one.amount for one in seen.moves if one.amount > 0)
    key, postings = f"dispute:{row.stripe_dispute}", []
    if taken and not row.withdrawn_minor:
        row.withdrawn_minor, row.taken = taken, _bearers(row, taken)
        legs: list[Leg] = [(kind, whose, -part) for kind, whose, part in row.taken]
        legs.append(("clearing_dispute", PLATFORM, taken))
        postings.append(Posting(f"{key}:withdrawn", "dispute", legs, row.currency))
    if given and given == row.withdrawn_minor and not row.reinstated_minor:
        row.reinstated_minor = given
        legs = [*borne(row), ("clearing_dispute", PLATFORM, -given)]
        name = f"{key}:withdrawn"
        postings.append(
            Posting(f"{key}:reinstated", "dispute_won", legs, row.currency, reverses=name)
        )
    if taken > row.withdrawn_minor or given > row.reinstated_minor:
        _strange(seen, "Stripe moved other sums for this dispute than we booked.", by=by)
    return postings


def borne(row: Dispute) -> list[Leg]:
    """What each pot gave and so would get back, also what it gave later for the platform's part."""
    back: Counter[tuple[str, str]] = Counter()
    for kind, whose, part in (*row.taken, *row.made_good):
        back[kind, whose] += part
    back["platform_loss", PLATFORM] -= row.made_good_minor
    return [(kind, whose, part) for (kind, whose), part in back.items() if part]


def _bearers(row: Dispute, amount: int) -> list[list[str | int]]:
    """Prepaid money, then the projects' free funds by their pot, then the platform; under lock."""
    taken: list[list[str | int]] = []
    for account in purses(row):
        part = min(account.balance, amount)
        if part > 0:
            taken.append([account.kind, account.owner_key, part])
            amount -= part
    return [*taken, ["platform_loss", PLATFORM, amount]] if amount else taken


def purses(row: Dispute) -> list[LedgerAccount]:
    """The client's accounts with free money, locked in id order; prepaid first, then by pot."""
    if row.organization_id is None:
        return []
    whose = owner("org", row.organization_id)
    given = LedgerLeg.objects.filter(
        account__kind="client_prepaid", account__owner_key=whose, entry__kind="allocate"
    ).values("entry")
    pots = LedgerLeg.objects.filter(entry__in=given, account__kind="project_funds")
    mine = Q(kind="client_prepaid", owner_key=whose) | Q(
        kind="project_funds", owner_key__in=pots.values("account__owner_key")
    )
    rows = LedgerAccount.objects.select_for_update(no_key=True).filter(mine, currency=row.currency)
    return sorted(rows.order_by("id"), key=lambda account: (account.kind, account.owner_key))


def _freeze(row: Dispute, *, by: Actor) -> None:
    """An open or lost dispute freezes its client once; one that is won lets go."""
    if row.organization_id is None:
        return
    if row.state in FREEZING:
        freeze, new = ClientFreeze.objects.get_or_create(
            dispute=row, defaults={"organization_id": row.organization_id}
        )
        if new:
            audit.record("froze_client", freeze, by=by)
            outbox.emit(CHANGED, organization_id=str(row.organization_id))
    elif row.state == DisputeState.WON:
        _lift(row, "The dispute was won.", by=by)


def _lift(row: Dispute, why: str, *, by: Actor) -> bool:
    live = ClientFreeze.objects.filter(dispute=row, lifted_at__isnull=True)
    if not live.update(lifted_at=Now(), lifted_by=by.key, lifted_why=why):
        return False
    audit.record("thawed_client", row, by=by, reason=why)
    outbox.emit(CHANGED, organization_id=str(row.organization_id))
    return True


@transaction.atomic
def thaw(*, dispute_id: uuid.UUID, why: str, by: Actor) -> Dispute:
    """Let the client go on in spite of an open or a lost dispute.

    Staff only (403), with a reason (422). Refuses `not_frozen` where this dispute freezes nobody.
    """
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_permitted", "Only staff let a client go on.", status=403)
    if not why.strip():
        raise invalid("Say why: it is kept.", [Fault("/why", "Say why.")])
    row = Dispute.objects.select_for_update(no_key=True).filter(pk=dispute_id).first()
    if row is None:
        raise NotFound("dispute")
    if not _lift(row, why.strip()[:500], by=by):
        raise Refused("not_frozen", "This dispute freezes nobody.")
    return row


def _tell(row: Dispute, *, by: Actor) -> None:
    """Staff by a difference, the client's owners by a notice."""
    amount = major(row.amount_minor, row.currency)
    differences.found(
        kind="dispute",
        subject=f"dispute:{row.stripe_dispute}",
        reason=f"A payment of {amount} is disputed ({row.reason}): {row.get_state_display()}.",
        currency=row.currency,
        theirs_minor=row.amount_minor,
        by=by,
    )
    texts = {
        DisputeState.OPEN: f"Your bank disputes a payment of {amount}. No new work is claimed "
        "until this is settled; work under way is paid.",
        DisputeState.WON: f"The dispute about {amount} is settled: your funds are back.",
        DisputeState.LOST: f"The dispute about {amount} has ended; the payment went back to you.",
    }
    text = texts.get(DisputeState(row.state))
    if text and row.organization_id:
        owners = Membership.objects.filter(organization_id=row.organization_id, role=Role.OWNER)
        tellings = [
            Telling(user_id, text, "/client/")
            for user_id in owners.order_by("pk").values_list("user_id", flat=True)
        ]
        notify_many(kind="dispute", tellings=tellings)


def _strange(seen: DisputeSeen, reason: str, *, by: Actor) -> None:
    differences.found(
        kind="dispute_sums",
        subject=f"dispute:{seen.id}",
        reason=reason,
        currency=seen.currency if seen.currency in CURRENCIES else "",
        theirs_minor=seen.amount_minor,
        by=by,
    )
