"""Invoices and bank transfers: what reaches our balance, and what stays the customer's."""

import pytest
import stripe

DAY = 86_400
BANK = {
    "payment_method_types": ["customer_balance"],
    "payment_method_options": {
        "customer_balance": {
            "funding_type": "bank_transfer",
            "bank_transfer": {"type": "us_bank_transfer"},
        }
    },
}


def customer(devstripe, **more):
    return devstripe.client.v1.customers.create(
        {"name": "Lab <1>", "email": "lab@example.com", **more}
    )


def invoice(devstripe, of, amount=10_000, **more):
    v1 = devstripe.client.v1
    row = v1.invoices.create(
        {
            "customer": of.id,
            "currency": "usd",
            "collection_method": "send_invoice",
            "days_until_due": 14,
            "payment_settings": BANK,
            "pending_invoice_items_behavior": "exclude",
            "custom_fields": [{"name": "Purchase order", "value": "PO <7>"}],
            **more,
        }
    )
    v1.invoice_items.create(
        {"customer": of.id, "currency": "usd", "amount": amount, "invoice": row.id}
    )
    return v1.invoices.finalize_invoice(row.id)


def read(devstripe, row):
    return devstripe.client.v1.invoices.retrieve(row.id, {"expand": ["payments"]})


def cash(devstripe, of, currency="usd"):
    found = devstripe.client.v1.customers.cash_balance.retrieve(of.id)
    return (found.to_dict()["available"] or {}).get(currency, 0)


def balance(devstripe):
    return {row.currency: row.amount for row in devstripe.client.v1.balance.retrieve().available}


def wire(devstripe, of, amount):
    return devstripe.client.v1.test_helpers.customers.fund_cash_balance(
        of.id, {"amount": amount, "currency": "usd"}
    )


def test_a_transfer_of_the_whole_amount_pays_the_invoice(devstripe, inbox):
    devstripe.stripe.add_webhook(inbox.url, "whsec_x")
    lab = customer(devstripe)
    row = invoice(devstripe, lab)
    assert (row.status, row.number[-5:], row.due_date - row.created) == ("open", "-0001", 14 * DAY)
    wire(devstripe, lab, 10_000)
    row = read(devstripe, row)
    assert (row.status, row.amount_paid, row.amount_remaining) == ("paid", 10_000, 0)
    (payment,) = row.payments.data
    assert (payment.status, payment.amount_paid) == ("paid", 10_000)
    intent = devstripe.client.v1.payment_intents.retrieve(payment.payment.payment_intent)
    assert (intent.status, intent.amount_received) == ("succeeded", 10_000)
    movement = devstripe.client.v1.balance_transactions.list().data[0]
    assert (movement.type, movement.amount, movement.fee) == ("payment", 10_000, 50)
    assert (cash(devstripe, lab), balance(devstripe)) == (0, {"usd": 9_950})
    assert devstripe.stripe.courier.idle()
    assert "invoice.paid" in inbox.types()


def test_a_part_stays_the_customers_until_the_rest_is_there(devstripe):
    """Stripe: invoices are not funded in part; they stay open until the funds cover them whole."""
    lab = customer(devstripe)
    row = invoice(devstripe, lab)
    wire(devstripe, lab, 4_000)
    assert (read(devstripe, row).status, cash(devstripe, lab)) == ("open", 4_000)
    assert balance(devstripe) == {"usd": 0}
    wire(devstripe, lab, 7_000)
    assert (read(devstripe, row).status, cash(devstripe, lab)) == ("paid", 1_000)
    assert balance(devstripe) == {"usd": 9_950}


def test_the_invoice_of_that_very_amount_comes_before_the_oldest(devstripe):
    lab = customer(devstripe)
    first, second = invoice(devstripe, lab, 3_000), invoice(devstripe, lab, 5_000)
    wire(devstripe, lab, 5_000)
    assert [read(devstripe, row).status for row in (first, second)] == ["open", "paid"]
    wire(devstripe, lab, 9_000)
    assert (read(devstripe, first).status, cash(devstripe, lab)) == ("paid", 6_000)


def test_money_that_waits_pays_the_next_invoice_when_it_is_finalized(devstripe):
    lab = customer(devstripe)
    wire(devstripe, lab, 12_000)
    assert invoice(devstripe, lab).status == "paid"
    assert cash(devstripe, lab) == 2_000


def test_long_overdue_invoices_are_not_paid_by_themselves(devstripe):
    lab = customer(devstripe)
    row = invoice(devstripe, lab)
    devstripe.stripe.advance(45 * DAY)
    wire(devstripe, lab, 10_000)
    assert (read(devstripe, row).status, cash(devstripe, lab)) == ("open", 10_000)


def test_void_and_uncollectible_and_what_cannot_be_done(devstripe):
    v1, lab = devstripe.client.v1, customer(devstripe)
    row = invoice(devstripe, lab)
    assert v1.invoices.send_invoice(row.id).status == "open"
    assert v1.invoices.mark_uncollectible(row.id).status == "uncollectible"
    assert v1.invoices.void_invoice(row.id).status == "void"
    intents = v1.payment_intents.list({"customer": lab.id})
    assert [one.status for one in intents.data] == ["canceled"]
    for refused in (
        lambda: v1.invoices.void_invoice(row.id),
        lambda: v1.invoices.send_invoice(row.id),
        lambda: v1.invoices.finalize_invoice(row.id),
        lambda: v1.invoices.finalize_invoice("in_gone"),
        lambda: v1.invoice_items.create(
            {"customer": lab.id, "currency": "usd", "amount": 1, "invoice": row.id}
        ),
        lambda: invoice(devstripe, lab, days_until_due=None),
        lambda: invoice(devstripe, lab, collection_method="charge_automatically"),
        lambda: invoice(devstripe, lab, 49),
        lambda: invoice(devstripe, lab, currency="eur"),
        lambda: invoice(devstripe, customer(devstripe, email="")),
        lambda: v1.test_helpers.customers.fund_cash_balance(
            lab.id, {"amount": 1, "currency": "cad"}
        ),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            refused()
    assert [one.status for one in v1.invoices.list({"status": "void"}).data] == ["void"]


def test_an_intent_without_funding_is_paid_from_the_cash_balance_or_fails(devstripe):
    v1, lab = devstripe.client.v1, customer(devstripe)
    terms = {
        "amount": 1_000,
        "currency": "usd",
        "customer": lab.id,
        "payment_method_data": {"type": "customer_balance"},
        "allowed_payment_method_types": ["customer_balance"],
        "confirm": True,
    }
    waits = v1.payment_intents.create(terms)
    assert (waits.status, waits.last_payment_error.code) == (
        "requires_payment_method",
        "payment_intent_payment_attempt_failed",
    )
    assert v1.payment_intents.cancel(waits.id).status == "canceled"
    wire(devstripe, lab, 1_500)
    assert v1.payment_intents.create(terms).status == "succeeded"
    assert cash(devstripe, lab) == 500
    kinds = [row.type for row in v1.customers.cash_balance_transactions.list(lab.id).data]
    assert kinds == ["applied_to_payment", "funded"]
    for refused in (
        lambda: v1.payment_intents.cancel(waits.id),
        lambda: v1.payment_intents.create({**terms, "confirm": False}),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            refused()


def test_the_hosted_page_sends_all_a_part_or_too_much(devstripe):
    lab = customer(devstripe)
    row = invoice(devstripe, lab)
    page = devstripe.visit(row.hosted_invoice_url)
    assert "Lab &lt;1&gt;" in page.html
    assert "PO &lt;7&gt;" in page.html
    assert devstripe.visit(row.hosted_invoice_url, {"action": "part"}).status == 303
    assert cash(devstripe, lab) == 5_000
    assert devstripe.visit(row.hosted_invoice_url, {"action": "much"}).status == 303
    assert (read(devstripe, row).status, cash(devstripe, lab)) == ("paid", 2_500)
    assert devstripe.visit(row.hosted_invoice_url, {"amount": "x"}).status == 422
    assert devstripe.visit(row.hosted_invoice_url, {"amount": "70"}).status == 303
    assert cash(devstripe, lab) == 2_570
    assert devstripe.visit(f"{devstripe.base_url}/invoice/in_x").status == 404
    assert "Invoices" in devstripe.visit(devstripe.base_url + "/").html


def saved(devstripe, of, name="pm_card_visa"):
    return devstripe.client.v1.payment_methods.attach(name, {"customer": of.id})


def charge(devstripe, of, method, **more):
    return devstripe.client.v1.payment_intents.create(
        {
            "amount": 1_000,
            "currency": "usd",
            "customer": of.id,
            "payment_method": method,
            "confirm": True,
            "off_session": True,
            **more,
        }
    )


def test_a_saved_card_is_charged_without_its_owner(devstripe):
    lab = customer(devstripe)
    card = saved(devstripe, lab)
    made = charge(devstripe, lab, card.id)
    assert (made.status, made.payment_method) == ("succeeded", card.id)
    found = devstripe.client.v1.customers.payment_methods.list(lab.id, {"type": "card"})
    assert [(one.id, one.card.last4) for one in found.data] == [(card.id, "4242")]
    devstripe.client.v1.payment_methods.detach(card.id)
    for refused in (
        lambda: charge(devstripe, lab, card.id),
        lambda: charge(devstripe, lab, "pm_gone"),
        lambda: saved(devstripe, lab, "pm_gone"),
        lambda: saved(devstripe, lab, "pm_card_chargeDeclined"),
        lambda: devstripe.client.v1.payment_methods.detach(card.id),
        lambda: devstripe.client.v1.setup_intents.retrieve("seti_x"),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            refused()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("pm_card_chargeCustomerFail", "card_declined"),
        ("pm_card_authenticationRequired", "authentication_required"),
    ],
)
def test_a_saved_card_may_be_refused_later(devstripe, name, code):
    lab = customer(devstripe)
    card = saved(devstripe, lab, name)
    with pytest.raises(stripe.CardError) as refusal:
        charge(devstripe, lab, card.id)
    assert (refusal.value.code, refusal.value.http_status) == (code, 402)
    (intent,) = devstripe.client.v1.payment_intents.list({"customer": lab.id}).data
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", code)


def page(devstripe, **terms):
    return devstripe.client.v1.checkout.sessions.create(
        {"success_url": "http://127.0.0.1:9/", "metadata": {"saves": "1"}, **terms}
    )


def test_checkout_saves_a_card_and_charges_nothing(devstripe):
    lab = customer(devstripe)
    made = page(devstripe, mode="setup", currency="usd", customer=lab.id)
    assert "Save a card" in devstripe.visit(made.url).html
    declined = {"card_number": "4000000000000002", "action": "pay"}
    assert devstripe.visit(made.url, declined).status == 402
    assert devstripe.visit(made.url, {**declined, "card_number": "4242424242424242"}).status == 303
    found = devstripe.client.v1.checkout.sessions.retrieve(made.id, {"expand": ["setup_intent"]})
    assert (found.status, found.setup_intent.status) == ("complete", "succeeded")
    assert charge(devstripe, lab, found.setup_intent.payment_method).status == "succeeded"
    for terms in ({"mode": "setup", "currency": "usd"}, {"mode": "payment"}):
        with pytest.raises(stripe.InvalidRequestError):
            page(devstripe, **terms)


PRICE = {"currency": "usd", "unit_amount": 900, "product_data": {"name": "F"}}


def test_checkout_may_keep_the_card_it_was_paid_with(devstripe):
    lab = customer(devstripe)
    made = page(
        devstripe,
        mode="payment",
        customer=lab.id,
        line_items=[{"price_data": PRICE, "quantity": 1}],
        payment_intent_data={"setup_future_usage": "off_session"},
    )
    devstripe.visit(made.url, {"card_number": "4242424242424242", "action": "pay"})
    (card,) = devstripe.client.v1.customers.payment_methods.list(lab.id).data
    assert charge(devstripe, lab, card.id).status == "succeeded"


@pytest.mark.parametrize(
    ("action", "end", "left"), [("debit", "paid", 895), ("debit_fails", "unpaid", 0)]
)
def test_a_bank_debit_is_known_days_later(devstripe, action, end, left):
    made = page(devstripe, mode="payment", line_items=[{"price_data": PRICE, "quantity": 1}])
    assert devstripe.visit(made.url, {"action": action}).status == 303
    sessions = devstripe.client.v1.checkout.sessions
    found = sessions.retrieve(made.id, {"expand": ["payment_intent"]})
    assert (found.status, found.payment_status, found.payment_intent.status) == (
        "complete",
        "unpaid",
        "processing",
    )
    devstripe.stripe.advance(4 * DAY)
    assert sessions.retrieve(made.id).payment_status == end
    assert balance(devstripe) == {"usd": left}
