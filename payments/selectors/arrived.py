"""The payments that brought a client's money, as the ledger has them, in minor units.

A deposit may have come by several payments, and as more or less than was asked for: an invoice
that was paid by two transfers, or one that was changed at Stripe. What arrived is what was booked.
"""

import uuid
from collections import defaultdict

from django.db.models import Q

from payments.chart import pot as owner
from payments.models import Deposit, LedgerEntry, LedgerLeg

BOOKED = "fund:"  # begins the key of each entry of a payment; its number at Stripe follows


def by_deposit(organization_id: uuid.UUID, currency: str) -> dict[uuid.UUID, list[tuple[str, int]]]:
    """For each deposit its payments, newest first: (PaymentIntent, minor units)."""
    legs = LedgerLeg.objects.filter(
        account__kind="client_prepaid",
        account__owner_key=owner("org", organization_id),
        account__currency=currency,
        entry__kind="fund",
        entry__data__has_key="deposit",
    ).order_by("-id")
    found = defaultdict(list)
    for key, deposit, minor in legs.values_list("entry__key", "entry__data__deposit", "amount"):
        found[uuid.UUID(deposit)].append((key.removeprefix(BOOKED), minor))
    return dict(found)


def deposit_of(payment_intent: str) -> Deposit | None:
    """The deposit that a payment was booked for; a deposit may have come by several payments."""
    if not payment_intent:
        return None
    booked = LedgerEntry.objects.filter(key=f"{BOOKED}{payment_intent}")
    named = [str(one) for one in booked.values_list("data__deposit", flat=True) if one]
    return Deposit.objects.filter(Q(payment_intent=payment_intent) | Q(pk__in=named)).first()
