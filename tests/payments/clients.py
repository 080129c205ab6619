"""Helpers of the tests of money on its way in: a client with an owner, transfers, cards."""

from accounts.models import Membership, Organization
from payments.actions import books, cards, deposits, events, incoming
from payments.models import BillingCustomer, Deposit, SavedCard
from payments.selectors import balances
from payments.stripe.books import read_cash
from tests.payments.money import balance, run_jobs
from tests.support import factories_accounts as people
from tests.support.factories_payments import BY

MOVED = "customer_cash_balance_transaction"


def client():
    """An organization with an owner, who can be mailed."""
    org = Organization.objects.create(name="Lab")
    Membership.objects.create(organization=org, user=people.user(), role="owner")
    return org


def ask(org, amount=10_000, currency="usd", method="bank_transfer"):
    """A deposit, opened at the local Stripe."""
    row = deposits.request_deposit(
        organization_id=org.pk, currency=currency, amount_minor=amount, method=method, by=BY
    )
    run_jobs()
    row.refresh_from_db()
    return row


def customer(org):
    return BillingCustomer.objects.get(organization=org).stripe_customer


def wire(local, org, amount, currency="usd"):
    """A bank transfer of the client's arrives at the local Stripe; we do not hear of it yet."""
    local.client.v1.test_helpers.customers.fund_cash_balance(
        customer(org), {"amount": amount, "currency": currency}
    )


def save_card(local, org, name="pm_card_visa"):
    """A saved card of the client's, known to us."""
    incoming.customer_of(org)
    made = local.client.v1.payment_methods.attach(name, {"customer": customer(org)})
    cards.refresh(customer(org), by=BY)
    return SavedCard.objects.get(stripe_method=made.id)


def states(org):
    return list(
        Deposit.objects.filter(organization=org).order_by("id").values_list("method", "state")
    )


def prepaid(org, currency="usd"):
    return {row.currency: row.prepaid_minor for row in balances.client(org.pk)}.get(currency, 0)


def assert_cash_agrees(local, currency="usd"):
    """Our books and the local Stripe's balance are equal to the cent, and nothing is in between."""
    books.sync(by=BY)
    cash = read_cash().get(currency)
    theirs = cash.available_minor + cash.pending_minor if cash else 0
    assert -balance("stripe_cash", "platform", currency) == theirs
    assert balance("clearing_charge", "platform", currency) == 0


def told(kind, object_id, name="evt_1", **inside):
    """A stored event, applied by its job."""
    event = {
        "id": name,
        "object": "event",
        "type": kind,
        "livemode": False,
        "data": {"object": {"id": object_id, **inside}},
    }
    events.take_in(event, livemode=False)
    run_jobs()
