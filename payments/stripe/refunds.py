"""Refunds at Stripe: money back to the payment that it came from, and to no other."""

import uuid
from dataclasses import dataclass

import stripe

from payments.stripe.client import call

MOST = 100  # refunds of one payment
ENDED_BADLY = frozenset({"failed", "canceled"})


@dataclass(frozen=True, slots=True)
class Returned:
    """A refund at Stripe. `part_id` is what we wrote into its metadata.

    `status` is in Stripe's words: pending, requires_action, succeeded, failed, canceled.
    `unclaimed`: it was to go to a bank account that nobody named in time, and lies in the client's
    cash balance now: not in ours. https://docs.stripe.com/payments/customer-balance/refunding
    """

    id: str
    amount_minor: int
    currency: str
    payment_intent: str
    part_id: str
    status: str
    failure: str
    unclaimed: bool = False

    @property
    def lost(self) -> bool:
        """Whether the money came back to us after all.

        What nobody claimed did not: it comes to us like any transfer of the client's, by the next
        invoice or by a deposit of its own, and is booked by those.
        """
        return self.status in ENDED_BADLY and not self.unclaimed


def create_refund(
    *, part_id: uuid.UUID, attempt: int, payment_intent: str, amount_minor: int
) -> Returned:
    """Give part of a payment back, under the key of this attempt."""
    made = call(
        lambda client: client.v1.refunds.create(
            {
                "payment_intent": payment_intent,
                "amount": amount_minor,
                "reason": "requested_by_customer",
                "metadata": {"refund_part": str(part_id), "attempt": str(attempt)},
            },
            {"idempotency_key": f"refund:{part_id}:{attempt}"},
        )
    )
    return _returned(made)


def find_refunds(payment_intent: str, part_id: uuid.UUID) -> list[Returned]:
    """The refunds of a payment that carry this part's mark: none, one, or something is wrong."""
    page = call(
        lambda client: client.v1.refunds.list({"payment_intent": payment_intent, "limit": MOST})
    )
    return [row for row in map(_returned, page.data) if row.part_id == str(part_id)]


def read_refund(refund_id: str) -> Returned:
    """One refund as it is now."""
    return _returned(call(lambda client: client.v1.refunds.retrieve(refund_id)))


def refunds_of_charge(charge_id: str) -> list[Returned]:
    """The refunds of a charge, newest first."""
    page = call(lambda client: client.v1.refunds.list({"charge": charge_id, "limit": MOST}))
    return [_returned(row) for row in page.data]


def _returned(row: stripe.Refund) -> Returned:
    intent = row.payment_intent  # a number, since we never ask for more
    metadata = row.metadata.to_dict() if row.metadata else {}
    return Returned(
        id=row.id,
        amount_minor=row.amount,
        currency=row.currency,
        payment_intent=intent if isinstance(intent, str) else "",
        part_id=str(metadata.get("refund_part", "")),
        status=row.status or "",
        failure=str(getattr(row, "failure_reason", None) or ""),
        unclaimed=_unclaimed(row),
    )


def _unclaimed(row: stripe.Refund) -> bool:
    """Failed on its way to a bank account, without a movement that gives it back to our balance."""
    shown = row.to_dict()
    to = str((shown.get("destination_details") or {}).get("type"))
    returned = shown.get("failure_balance_transaction")
    return row.status == "failed" and to.endswith("bank_transfer") and not returned
