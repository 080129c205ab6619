"""Payments that a bank transfer funds, in part as well, and refunds of them to a bank account."""

import pytest
import stripe

from tests.payments.devstripe.test_invoices import DAY, balance, cash, customer, invoice, read, wire

BANK = {
    "customer_balance": {
        "funding_type": "bank_transfer",
        "bank_transfer": {"type": "us_bank_transfer"},
    }
}


def intent(devstripe, of, amount=1_000, **more):
    return devstripe.client.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "usd",
            "customer": of.id,
            "allowed_payment_method_types": ["customer_balance"],
            "payment_method_data": {"type": "customer_balance"},
            "payment_method_options": BANK,
            "confirm": True,
            **more,
        }
    )


def again(devstripe, row):
    return devstripe.client.v1.payment_intents.retrieve(row.id)


def rest(devstripe, row):
    return again(devstripe, row).next_action.display_bank_transfer_instructions.amount_remaining


def kinds(devstripe, of):
    rows = devstripe.client.v1.customers.cash_balance_transactions.list(of.id).data
    return [(row.type, row.net_amount) for row in reversed(rows)]


def test_a_payment_is_funded_in_part_and_is_ours_when_whole(devstripe, inbox):
    devstripe.stripe.add_webhook(inbox.url, "whsec_x")
    lab = customer(devstripe)
    wire(devstripe, lab, 100)
    row = intent(devstripe, lab)
    assert (row.status, rest(devstripe, row), cash(devstripe, lab)) == ("requires_action", 900, 0)
    wire(devstripe, lab, 400)
    assert (rest(devstripe, row), balance(devstripe)) == (500, {"usd": 0})
    wire(devstripe, lab, 650)
    done = again(devstripe, row)
    assert (done.status, done.amount_received, done.next_action) == ("succeeded", 1_000, None)
    assert (cash(devstripe, lab), balance(devstripe)) == (150, {"usd": 995})
    assert kinds(devstripe, lab) == [
        ("funded", 100),
        ("applied_to_payment", -100),
        ("funded", 400),
        ("applied_to_payment", -400),
        ("funded", 650),
        ("applied_to_payment", -500),
    ]
    assert devstripe.stripe.courier.idle()
    assert [name for name in inbox.types() if name.startswith("payment_intent")] == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "payment_intent.partially_funded",
        "payment_intent.succeeded",
    ]


def test_stripes_own_choice_of_methods_waits_for_a_transfer(devstripe):
    lab = customer(devstripe)
    row = devstripe.client.v1.payment_intents.create(
        {
            "amount": 1_000,
            "currency": "usd",
            "customer": lab.id,
            "automatic_payment_methods": {"enabled": True},
            "payment_method_data": {"type": "customer_balance"},
            "confirm": True,
            "return_url": "http://127.0.0.1:9/",
        }
    )
    assert (row.status, row.next_action.type) == (
        "requires_action",
        "display_bank_transfer_instructions",
    )


def test_what_was_applied_goes_back_and_on_when_a_payment_is_given_up(devstripe):
    lab = customer(devstripe)
    first, second = intent(devstripe, lab), intent(devstripe, lab, 300)
    wire(devstripe, lab, 450)
    assert (rest(devstripe, first), rest(devstripe, second)) == (550, 300)
    gone = devstripe.client.v1.payment_intents.cancel(first.id)
    assert (gone.status, gone.next_action) == ("canceled", None)
    assert (again(devstripe, second).status, cash(devstripe, lab)) == ("succeeded", 150)
    assert ("unapplied_from_payment", 450) in kinds(devstripe, lab)


def test_invoices_come_before_payments_that_wait(devstripe):
    lab = customer(devstripe)
    waits, bill = intent(devstripe, lab), invoice(devstripe, lab, 700)
    wire(devstripe, lab, 800)
    assert (read(devstripe, bill).status, rest(devstripe, waits)) == ("paid", 900)


def test_the_hosted_instructions_send_test_transfers(devstripe):
    lab = customer(devstripe)
    row = intent(devstripe, lab)
    url = row.next_action.display_bank_transfer_instructions.hosted_instructions_url
    assert "10.00 USD" in devstripe.visit(url).html
    assert devstripe.visit(url, {"action": "part"}).status == 303
    assert rest(devstripe, row) == 500
    assert devstripe.visit(url, {"amount": "-5"}).status == 422
    assert devstripe.visit(url, {"action": "all"}).status == 303
    assert again(devstripe, row).status == "succeeded"
    assert "succeeded" in devstripe.visit(url).html
    assert devstripe.visit(url, {"action": "all"}).status == 422
    assert devstripe.visit(f"{devstripe.base_url}/transfer/pi_x").status == 404


# -- invoices.pay


def test_an_invoice_paid_elsewhere_brings_no_money_here(devstripe):
    v1, lab = devstripe.client.v1, customer(devstripe)
    row = invoice(devstripe, lab)
    wire(devstripe, lab, 100)
    done = v1.invoices.pay(row.id, {"paid_out_of_band": True, "expand": ["payments"]})
    assert (done.status, done.amount_paid_off_stripe, done.amount_remaining) == ("paid", 10_000, 0)
    assert [one.status for one in done.payments.data] == ["canceled"]
    assert (balance(devstripe), cash(devstripe, lab)) == ({"usd": 0}, 100)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        v1.invoices.pay(row.id)
    assert refused.value.code == "invoice_already_paid"


def test_an_invoice_is_paid_by_a_saved_card(devstripe):
    v1, lab = devstripe.client.v1, customer(devstripe)
    card = v1.payment_methods.attach("pm_card_visa", {"customer": lab.id})
    bad = v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": lab.id})
    row = invoice(devstripe, lab, payment_settings={"payment_method_types": ["card"]})
    with pytest.raises(stripe.CardError):
        v1.invoices.pay(row.id, {"payment_method": bad.id})
    assert (read(devstripe, row).status, read(devstripe, row).attempt_count) == ("open", 1)
    assert v1.invoices.pay(row.id, {"payment_method": card.id}).status == "paid"
    with pytest.raises(stripe.InvalidRequestError):
        v1.invoices.pay(invoice(devstripe, lab).id, {"payment_method": card.id})


def test_an_overdue_invoice_is_paid_from_the_cash_balance_when_asked(devstripe):
    v1, lab = devstripe.client.v1, customer(devstripe)
    row = invoice(devstripe, lab)
    devstripe.stripe.advance(45 * DAY)
    with pytest.raises(stripe.InvalidRequestError):
        v1.invoices.pay(row.id)
    wire(devstripe, lab, 10_500)
    assert v1.invoices.pay(row.id).status == "paid"
    assert cash(devstripe, lab) == 500
    draft = v1.invoices.create({"customer": lab.id, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError):
        v1.invoices.pay(draft.id)


# -- refunds of bank transfers


def paid(devstripe, of, amount=10_000):
    bill = invoice(devstripe, of, amount)
    wire(devstripe, of, amount)
    return read(devstripe, bill).payments.data[0].payment.payment_intent


def refund(devstripe, payment, amount=4_000, **more):
    return devstripe.client.v1.refunds.create({"payment_intent": payment, "amount": amount, **more})


def claim(devstripe, row, number="000123456789"):
    return devstripe.visit(f"{devstripe.base_url}/refund/{row.id}", {"account_number": number})


def found(devstripe, row):
    return devstripe.client.v1.refunds.retrieve(row.id)


def test_a_refund_goes_to_the_bank_account_that_the_customer_names(devstripe, inbox):
    devstripe.stripe.add_webhook(inbox.url, "whsec_x")
    lab = customer(devstripe)
    row = refund(devstripe, paid(devstripe, lab))
    assert (row.status, row.instructions_email, balance(devstripe)) == (
        "requires_action",
        "lab@example.com",
        {"usd": 5_950},
    )
    assert row.next_action.display_details.expires_at == row.created + 45 * DAY
    moved = devstripe.client.v1.balance_transactions.retrieve(row.balance_transaction)
    assert (moved.type, moved.amount) == ("payment_refund", -4_000)
    assert "40.00 USD" in devstripe.visit(f"{devstripe.base_url}/refund/{row.id}").html
    assert claim(devstripe, row, "?").status == 422
    assert claim(devstripe, row).status == 303
    assert found(devstripe, row).status == "pending"
    assert claim(devstripe, row).status == 410
    devstripe.stripe.advance(2 * DAY)
    assert (found(devstripe, row).status, cash(devstripe, lab)) == ("succeeded", 0)
    assert devstripe.visit(f"{devstripe.base_url}/refund/re_x").status == 404
    assert devstripe.stripe.courier.idle()
    assert [name for name in inbox.types() if name.startswith("refund")] == [
        "refund.created",
        "refund.updated",
        "refund.updated",
    ]


def test_a_bank_that_sends_a_refund_back_lets_the_customer_be_asked_again(devstripe):
    row = refund(
        devstripe, paid(devstripe, customer(devstripe)), instructions_email="b@example.com"
    )
    claim(devstripe, row, "000111111116")
    devstripe.stripe.advance(2 * DAY)
    assert (found(devstripe, row).status, found(devstripe, row).instructions_email) == (
        "requires_action",
        "b@example.com",
    )
    claim(devstripe, row)
    devstripe.stripe.advance(2 * DAY)
    assert found(devstripe, row).status == "succeeded"


def test_a_refund_that_is_under_way_when_the_45_days_end_is_unclaimed_once_it_comes_back(devstripe):
    lab = customer(devstripe)
    row = refund(devstripe, paid(devstripe, lab))
    devstripe.stripe.advance(44 * DAY)
    claim(devstripe, row, "000111111116")
    devstripe.stripe.advance(2 * DAY)
    assert (found(devstripe, row).status, cash(devstripe, lab)) == ("failed", 4_000)


@pytest.mark.parametrize("helped", [False, True])
def test_a_refund_that_nobody_claims_ends_in_the_cash_balance(devstripe, helped):
    """Not in our balance: there is no `failure_balance_transaction`."""
    lab = customer(devstripe)
    row = refund(devstripe, paid(devstripe, lab))
    if helped:
        devstripe.client.v1.test_helpers.refunds.expire(row.id)
    else:
        devstripe.stripe.advance(45 * DAY)
    ended = found(devstripe, row).to_dict()
    assert (ended["status"], ended.get("failure_balance_transaction")) == ("failed", None)
    assert (cash(devstripe, lab), balance(devstripe)) == (4_000, {"usd": 5_950})
    assert kinds(devstripe, lab)[-1] == ("refunded_from_payment", 4_000)
    with pytest.raises(stripe.InvalidRequestError):
        devstripe.client.v1.test_helpers.refunds.expire(row.id)


def test_an_unclaimed_refund_pays_what_waits_for_money(devstripe):
    lab = customer(devstripe)
    row = refund(devstripe, paid(devstripe, lab))
    bill = invoice(devstripe, lab, 4_000)
    assert bill.status == "open"
    devstripe.client.v1.test_helpers.refunds.expire(row.id)
    assert (read(devstripe, bill).status, cash(devstripe, lab)) == ("paid", 0)


def test_a_refund_can_be_called_off_until_it_is_claimed(devstripe):
    v1, payment = devstripe.client.v1, paid(devstripe, customer(devstripe))
    row = refund(devstripe, payment)
    assert v1.refunds.cancel(row.id).status == "canceled"
    assert balance(devstripe) == {"usd": 9_950}
    second = refund(devstripe, payment, 9_950)
    claim(devstripe, second)
    for wrong in (lambda: v1.refunds.cancel(second.id), lambda: v1.refunds.cancel("re_x")):
        with pytest.raises(stripe.InvalidRequestError):
            wrong()


def test_refunds_that_cannot_be_sent(devstripe):
    v1, lab = devstripe.client.v1, customer(devstripe)
    payment = paid(devstripe, lab)
    v1.customers.update(lab.id, {"email": ""})
    with pytest.raises(stripe.InvalidRequestError, match="email"):
        refund(devstripe, payment)
    devstripe.stripe.advance(181 * DAY)
    with pytest.raises(stripe.InvalidRequestError, match="180 days"):
        refund(devstripe, payment, instructions_email="b@example.com")


def test_a_cash_balance_can_be_sent_back(devstripe):
    v1, lab = devstripe.client.v1, customer(devstripe)
    wire(devstripe, lab, 900)
    terms = {"origin": "customer_balance", "customer": lab.id, "currency": "usd", "amount": 600}
    row = v1.refunds.create(terms)
    assert (row.status, row.charge, cash(devstripe, lab)) == ("requires_action", None, 300)
    for wrong in (terms, {**terms, "amount": None}):
        with pytest.raises(stripe.InvalidRequestError):
            v1.refunds.create(wrong)
    v1.refunds.cancel(row.id)
    assert (cash(devstripe, lab), kinds(devstripe, lab)[-1]) == (900, ("return_canceled", 600))
    second = v1.refunds.create(terms)
    claim(devstripe, second)
    devstripe.stripe.advance(2 * DAY)
    assert (found(devstripe, second).status, balance(devstripe)) == ("succeeded", {"usd": 0})
    assert devstripe.control("refunds", {"refund": second.id})[0] == 200
    assert (found(devstripe, second).status, cash(devstripe, lab)) == ("failed", 900)
