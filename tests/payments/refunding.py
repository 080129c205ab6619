"""Helpers of the refund tests: paid deposits at the local Stripe, and what went back."""

import pytest

from marketplace.core.errors import Refused
from payments.actions import refunds
from payments.models import Deposit
from tests.payments.money import balance
from tests.support import factories_payments as money

BY = money.BY


def paid(local, org, amount, currency="usd"):
    """A deposit that Stripe has the money of."""
    intent = local.fund(amount, currency)
    row = Deposit.objects.create(
        organization=org,
        currency=currency,
        amount_minor=amount,
        state="paid",
        payment_intent=intent.id,
        paid_at=money.clock.now(),
    )
    money.payment(row, intent.id, amount)
    return row


def ask(org, by, amount=1700, currency="usd"):
    return refunds.request(organization_id=org.pk, currency=currency, amount_minor=amount, by=by)


def prepaid(org, currency="usd"):
    return balance("client_prepaid", f"org:{org.pk}", currency)


def at_stripe(local):
    """The refunds at the local Stripe: payment and amount."""
    found = local.client.v1.refunds.list({"limit": 100}).data
    return sorted((row.payment_intent, row.amount) for row in found)


def refused(call, *args, **named):
    with pytest.raises(Refused) as caught:
        call(*args, **named)
    return caught.value
