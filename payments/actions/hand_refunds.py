"""A refund that a person made in Stripe's dashboard, as a refund of ours that was sent."""

from typing import Any

from django.conf import settings

from accounts.models import Organization
from marketplace.core import clock
from marketplace.core.actors import Actor
from marketplace.core.errors import Refused
from payments.actions import refund_outcomes, refund_sending, refunds, topups
from payments.actions.ledger import Leg, Posting
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.models import Deposit, HandBooking, LedgerAccount, Refund, RefundPart
from payments.selectors import arrived
from payments.states import RefundPartState, RefundState
from payments.stripe.refunds import Returned

ENDED = (RefundPartState.SENT, RefundPartState.FAILED)


def whose(seen: Returned, *, by: Actor) -> Organization:
    """The client whose payment went back.

    Refuses `not_at_stripe` one that came back to us (one that nobody claimed did not: it lies in
    the client's cash balance, and is credited from there), `already_booked`, `is_ours` while a part
    of a refund of ours may become it, `not_ours` where the payment is no deposit's, and `own_money`
    (403) staff who belong to the client.
    """
    return _deposit(seen, by=by).organization


def _deposit(seen: Returned, *, by: Actor) -> Deposit:
    if seen.lost:
        raise Refused("not_at_stripe", "This refund has failed at Stripe: nothing went back.")
    if RefundPart.objects.filter(stripe_refund=seen.id).exists():
        raise Refused("already_booked", "This refund is in our books already.")
    part = refund_sending.part_of(seen)
    if part is not None and part.state not in ENDED:
        raise Refused("is_ours", "A refund of ours is under way that this may be: wait for it.")
    deposit = arrived.deposit_of(seen.payment_intent)
    if deposit is None:
        text = "The payment that went back is no deposit of a client's in our books."
        raise Refused("not_ours", text)
    members = deposit.organization.memberships.values_list("user_id", flat=True)
    if by.id in map(str, members):
        raise Refused("own_money", "Nobody decides on their own client's money.", status=403)
    return deposit


class Work:
    """What becomes of it; `begin` is first, under the client's lock."""

    def __init__(self, seen: Returned) -> None:
        self.seen = seen

    def begin(self, *, by: Actor) -> None:
        """Look again, in turn with the client's own refunds."""
        refunds.in_turn(_deposit(self.seen, by=by).organization_id)
        self.deposit = _deposit(self.seen, by=by)

    def owner(self) -> dict[str, Any]:
        """Whose it is, as columns."""
        return {"organization_id": self.deposit.organization_id}

    def second_needed(self) -> bool:
        """As of a client's own refunds, which count together with these."""
        alone = refunds.sent_alone(self.deposit.organization_id, self.seen.currency)
        return alone + self.seen.amount_minor > settings.REFUND_APPROVAL_MINOR

    def rows(self, row: HandBooking, *, by: Actor) -> list[Posting]:
        """A refund that was sent, its one part, and what it takes."""
        organization_id, currency = self.deposit.organization_id, self.seen.currency
        pot = owner("org", organization_id)
        topups.in_turn(organization_id, currency)
        purse = LedgerAccount.objects.select_for_update(no_key=True).filter(
            kind="client_prepaid", owner_key=pot, currency=currency
        )
        free = purse.values_list("balance", flat=True).first() or 0
        amount = self.seen.amount_minor
        borne = max(amount - free, 0)
        refund = Refund.objects.create(
            organization_id=organization_id,
            currency=currency,
            amount_minor=amount,
            borne_minor=borne,
            reason=row.reason,
            state=RefundState.SENT,
            asked_by=row.asked_by,
            decided_by=row.decided_by,
            ended_at=clock.now(),
        )
        RefundPart.objects.create(
            refund=refund,
            deposit=self.deposit,
            payment_intent=self.seen.payment_intent,
            currency=currency,
            amount_minor=amount,
            state=RefundPartState.SENT,
            stripe_refund=self.seen.id,
            at_stripe=refund_outcomes.stripe_says(self.seen),
            sent_at=clock.now(),
        )
        row.refund = refund
        topups.refunded(organization_id, currency, free - amount + borne, by=by)
        refund_outcomes.tell(refund)
        legs: list[Leg] = [
            ("client_prepaid", pot, borne - amount),
            ("platform_loss", PLATFORM, -borne),
            ("clearing_refund", PLATFORM, amount),
        ]
        moved = [leg for leg in legs if leg[2]]
        data = {"refund": str(refund.pk), "stripe": self.seen.id}
        return [Posting(f"refund:{refund.pk}:start", "refund", moved, currency, data)]
