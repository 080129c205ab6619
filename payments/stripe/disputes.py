"""Disputes at Stripe: read only; evidence is given in Stripe's own dashboard."""

import datetime as dt

import stripe

from payments.stripe.client import call
from payments.stripe.gateway import DisputedMove, DisputeSeen


def read_dispute(dispute_id: str) -> DisputeSeen:
    """One dispute as it is now, with what it moved of our balance."""
    return _dispute(call(lambda client: client.v1.disputes.retrieve(dispute_id)))


def _dispute(row: stripe.Dispute) -> DisputeSeen:
    intent = row.payment_intent
    due = row.evidence_details.due_by
    return DisputeSeen(
        id=row.id,
        status=row.status,
        reason=row.reason,
        amount_minor=row.amount,
        currency=row.currency,
        payment_intent=(intent if isinstance(intent, str) else intent.id) if intent else "",
        due_at=dt.datetime.fromtimestamp(due, dt.UTC) if due else None,
        moves=tuple(DisputedMove(one.id, one.amount, one.fee) for one in row.balance_transactions),
    )
