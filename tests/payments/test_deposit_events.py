"""Events of money on its way in: any order and number of them ends in the same state."""

import datetime as dt
import itertools

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.payments.clients import (
    MOVED,
    ask,
    assert_cash_agrees,
    client,
    customer,
    prepaid,
    told,
    wire,
)
from tests.payments.money import run_jobs

HINTS = (
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.voided",
    "invoice.overdue",
    "customer_cash_balance_transaction.created",
    "cash_balance.funds_available",
    "payment_intent.succeeded",
    "payment_intent.partially_funded",
)


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    hints=st.lists(st.sampled_from(HINTS), min_size=4, max_size=14),
    sent=st.lists(st.integers(min_value=60, max_value=9_000), min_size=1, max_size=4),
)
def test_any_order_of_events_ends_in_the_same_state(local, hints, sent):
    """Scenario 21 for deposits: events in any order and number, between transfers of any size."""
    org = client()
    row = ask(org)
    counter = itertools.count()
    transfers = iter(sent)
    for hint in [*hints, "invoice.paid", "cash_balance.funds_available"]:
        amount = next(transfers, 0)
        if amount:
            wire(local, org, amount)
        about = row.invoice if hint.startswith("invoice") else customer(org)
        intents = local.client.v1.payment_intents.list({"customer": customer(org), "limit": 1}).data
        about = intents[0].id if hint.startswith("payment_intent") else about
        inside = {"object": MOVED, "customer": customer(org)} if "cash" in hint else {}
        told(hint, about, f"evt_{row.pk}_{next(counter)}", **inside)
    for amount in transfers:
        wire(local, org, amount)
    told("invoice.paid", row.invoice, f"evt_{row.pk}_last")
    run_jobs()
    row.refresh_from_db()
    total = sum(sent)
    left = local.client.v1.customers.cash_balance.retrieve(customer(org)).to_dict()
    waiting = (left["available"] or {}).get("usd", 0)
    assert row.state == ("paid" if total >= row.amount_minor else "open")
    assert prepaid(org) == (total - waiting if row.state == "paid" else 0)
    assert waiting == row.received_minor if row.state == "open" else waiting < 50


def test_a_debit_that_fails_days_after_the_page_was_completed(local):
    """Scenario 31: `checkout.session.completed` comes unpaid, and the payment fails later."""
    org = client()
    row = ask(org, method="card")
    local.visit(row.checkout_url, {"action": "debit_fails"})
    told("checkout.session.completed", row.checkout_session)
    row.refresh_from_db()
    assert (row.state, prepaid(org)) == ("open", 0)
    local.stripe.advance(int(dt.timedelta(days=5).total_seconds()))
    told("checkout.session.async_payment_failed", row.checkout_session, "evt_2")
    row.refresh_from_db()
    assert (row.state, row.failure) == ("failed", "The payment did not succeed.")
    assert prepaid(org) == 0


def test_a_debit_that_succeeds_days_later_is_booked_then(local):
    org = client()
    row = ask(org, method="card")
    local.visit(row.checkout_url, {"action": "debit"})
    told("checkout.session.completed", row.checkout_session)
    assert prepaid(org) == 0
    local.stripe.advance(int(dt.timedelta(days=5).total_seconds()))
    told("checkout.session.async_payment_succeeded", row.checkout_session, "evt_2")
    assert prepaid(org) == 10_000
    assert_cash_agrees(local)
