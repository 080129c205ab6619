"""Conformance of money that comes in from clients, and goes back to them."""

import pytest
import stripe

from tests.payments.conformance.calls import (
    BANK,
    cash,
    charged,
    customer,
    from_cash,
    invoiced,
    paid_by_bank,
    refused,
    wire,
)


def test_a_card_pays_at_once_or_is_declined(side):
    paid = charged(
        side, 4_200, transfer_group="deposit_1", expand=["latest_charge.balance_transaction"]
    )
    moved = paid.latest_charge.balance_transaction
    assert (paid.status, paid.amount_received, paid.transfer_group) == (
        "succeeded",
        4_200,
        "deposit_1",
    )
    assert (moved.type, moved.amount, moved.status, moved.fee > 0) == (
        "charge",
        4_200,
        "available",
        True,
    )
    assert paid.metadata.to_dict() == side.mark
    with pytest.raises(stripe.CardError) as seen:
        charged(side, payment_method="pm_card_chargeDeclined")
    assert (seen.value.http_status, seen.value.code, seen.value.error.decline_code) == (
        402,
        "card_declined",
        "generic_decline",
    )


def test_a_checkout_session_is_open_until_it_is_paid_or_expires(side):
    price = {
        "currency": "usd",
        "unit_amount": 900,
        "product_data": {"name": "Prepaid project funds"},
    }
    key = side.key()
    terms = {
        "mode": "payment",
        "customer": customer(side).id,
        "success_url": "https://example.com/done",
        "cancel_url": "https://example.com/back",
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_intent_data": {"metadata": side.mark, "transfer_group": "deposit_1"},
        "metadata": side.mark,
    }
    made = side.v1.checkout.sessions.create(terms, key)
    assert side.v1.checkout.sessions.create(terms, key).id == made.id
    found = side.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]})
    assert (found.status, found.payment_status, found.amount_total, found.currency, found.mode) == (
        "open",
        "unpaid",
        900,
        "usd",
        "payment",
    )
    assert found.url.startswith("http")
    assert side.v1.checkout.sessions.expire(made.id).status == "expired"
    assert refused(lambda: side.v1.checkout.sessions.expire(made.id))[0] == 400


def test_an_invoice_is_paid_by_bank_transfer_once_it_is_covered_whole(side):
    lab = customer(side)
    row = invoiced(side, lab)
    assert (row.status, row.total, row.amount_due, row.due_date > row.created) == (
        "open",
        10_000,
        10_000,
        True,
    )
    assert row.number
    assert row.hosted_invoice_url.startswith("http")
    wire(side, lab, 4_000)
    assert side.until(lambda: cash(side, lab), lambda there: there == 4_000) == 4_000
    assert side.v1.invoices.retrieve(row.id).status == "open"
    wire(side, lab, 6_500)

    def look():
        return side.v1.invoices.retrieve(row.id, {"expand": ["payments"]})

    done = side.until(look, lambda seen: seen.status == "paid")
    (payment,) = [one for one in done.payments.data if one.status == "paid"]
    assert (done.status, payment.amount_paid, payment.payment.payment_intent[:3]) == (
        "paid",
        10_000,
        "pi_",
    )
    assert side.until(lambda: cash(side, lab), lambda there: there == 500) == 500


def test_invoices_that_are_refused_or_given_up(side):
    nobody = customer(side, email="")
    status, _, _ = refused(
        lambda: side.v1.invoices.create(
            {"customer": nobody.id, "collection_method": "send_invoice", "days_until_due": 14}
        )
    )
    assert status == 400
    row = invoiced(side, customer(side))
    assert refused(lambda: side.v1.invoices.finalize_invoice(row.id))[0] == 400
    assert side.v1.invoices.mark_uncollectible(row.id).status == "uncollectible"
    assert side.v1.invoices.void_invoice(row.id).status == "void"
    elsewhere = invoiced(side, customer(side))
    done = side.v1.invoices.pay(elsewhere.id, {"paid_out_of_band": True, "expand": ["payments"]})
    assert done.status == "paid"
    paid = [one for one in done.payments.data if one.status == "paid"]
    assert [one.payment.payment_intent for one in paid if one.payment.payment_intent] == []


def test_a_payment_by_bank_transfer_is_funded_in_part(side):
    lab = customer(side)
    row = from_cash(side, lab, 1_000, payment_method_options={"customer_balance": BANK})
    told = row.next_action
    assert (row.status, told.type) == ("requires_action", "display_bank_transfer_instructions")
    wire(side, lab, 400)

    def rest():
        seen = side.v1.payment_intents.retrieve(row.id).next_action
        return seen.display_bank_transfer_instructions.amount_remaining

    assert side.until(rest, lambda left: left == 600) == 600
    assert side.v1.payment_intents.cancel(row.id).status == "canceled"
    assert side.until(lambda: cash(side, lab), lambda there: there == 400) == 400
    assert from_cash(side, lab, 400).status == "succeeded"
    assert from_cash(side, lab, 400).status == "requires_payment_method"


def test_refunds_reach_the_rest_of_a_charge_and_are_found_by_their_payment(side):
    paid, key = charged(side), side.key()
    terms = {"payment_intent": paid.id, "amount": 2_000, "metadata": side.mark}
    made = side.v1.refunds.create(terms, key)
    assert (made.status, made.amount, made.payment_intent) == ("succeeded", 2_000, paid.id)
    assert side.v1.refunds.create(terms, key).id == made.id
    found = side.v1.refunds.list({"payment_intent": paid.id, "limit": 100}).data
    assert [(row.id, row.metadata.to_dict()) for row in found] == [(made.id, side.mark)]
    assert refused(lambda: side.v1.refunds.create({**terms, "amount": 3_001}))[0] == 400
    side.v1.refunds.create({**terms, "amount": 3_000})
    assert refused(lambda: side.v1.refunds.create({**terms, "amount": 1}))[:2] == (
        400,
        "charge_already_refunded",
    )


def test_a_refund_of_a_bank_transfer_asks_for_a_bank_account(side):
    bill = paid_by_bank(side, customer(side))
    payment = bill.payments.data[0].payment.payment_intent
    made = side.v1.refunds.create({"payment_intent": payment, "amount": 4_000})
    assert (made.status, made.instructions_email) == ("requires_action", "lab@example.com")
    assert side.v1.refunds.cancel(made.id).status == "canceled"


def test_what_nobody_claims_is_in_the_cash_balance_and_names_no_movement(side):
    """Our books rest on this: such a refund is not ours again (`payments/stripe/refunds.py`)."""
    lab = customer(side)
    payment = paid_by_bank(side, lab).payments.data[0].payment.payment_intent
    made = side.v1.refunds.create({"payment_intent": payment, "amount": 4_000})
    side.v1.test_helpers.refunds.expire(made.id)
    ended = side.until(
        lambda: side.v1.refunds.retrieve(made.id), lambda seen: seen.status == "failed"
    ).to_dict()
    assert (ended["status"], ended.get("failure_balance_transaction")) == ("failed", None)
    assert side.until(lambda: cash(side, lab), lambda there: there == 4_000) == 4_000
