"""Money in: PaymentIntents, charges, Checkout, refunds, fees and settlement."""

import pytest
import stripe

DAY = 86_400


def balance(devstripe, currency="usd"):
    found = devstripe.client.v1.balance.retrieve()
    return tuple(
        next((row.amount for row in side if row.currency == currency), 0)
        for side in (found.available, found.pending)
    )


def session(devstripe, **more):
    return devstripe.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://127.0.0.1:9/paid?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:9/left",
            "line_items": [
                {
                    "quantity": 2,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 6_000,
                        "product_data": {"name": "Project <funds>"},
                    },
                }
            ],
            "payment_intent_data": {"metadata": {"deposit": "9"}, "transfer_group": "deposit_9"},
            "metadata": {"deposit": "9"},
            **more,
        }
    )


def test_a_charge_settles_after_two_days_less_the_fee(devstripe):
    intent = devstripe.client.v1.payment_intents.create(
        {"amount": 10_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )
    assert (intent.status, intent.amount_received) == ("succeeded", 10_000)
    assert balance(devstripe) == (0, 9_680)
    devstripe.stripe.advance(2 * DAY - 60)
    assert balance(devstripe) == (0, 9_680)
    devstripe.stripe.advance(61)
    assert balance(devstripe) == (9_680, 0)
    charge = devstripe.client.v1.charges.retrieve(
        intent.latest_charge, {"expand": ["balance_transaction"]}
    )
    written = charge.balance_transaction
    assert (written.amount, written.fee, written.net, written.status) == (
        10_000,
        320,
        9_680,
        "available",
    )


@pytest.mark.parametrize(
    ("amount", "fee"),
    [(50, 31), (100, 33), (517, 45), (1_000_000, 29_030), (99_999_999, 2_900_030)],
)
def test_the_fee_is_2_9_percent_rounded_half_up_plus_30(devstripe, amount, fee):
    devstripe.fund(amount)
    assert balance(devstripe) == (amount - fee, 0)


@pytest.mark.parametrize(
    ("amount", "currency", "code", "words"),
    [
        (49, "usd", "amount_too_small", "at least 0.50 USD"),
        (49, "jpy", "amount_too_small", "at least 50 JPY"),
        (29, "gbp", "amount_too_small", "at least 0.30 GBP"),
        (100_000_000, "usd", "amount_too_large", "no more than 999,999.99 USD"),
        (0, "usd", "parameter_invalid_integer", "Invalid positive integer: 0"),
        (-5, "usd", "parameter_invalid_integer", "Invalid positive integer: -5"),
        ("12.5", "usd", "parameter_invalid_integer", "Invalid integer: 12.5"),
        (500, "kwd", "parameter_invalid", "Invalid currency: kwd"),
    ],
)
def test_amounts_that_cannot_be_charged(devstripe, amount, currency, code, words):
    with pytest.raises(stripe.InvalidRequestError, match=words) as refused:
        devstripe.fund(amount, currency)
    assert (refused.value.http_status, refused.value.code) == (400, code)


def test_the_smallest_charges_pass(devstripe):
    devstripe.fund(50, "usd")
    devstripe.fund(50, "jpy")
    assert devstripe.stripe.summary()["charges"] == {
        "jpy": {"count": 1, "amount": 50, "refunded": 0},
        "usd": {"count": 1, "amount": 50, "refunded": 0},
    }


def test_a_declined_card_is_402_and_leaves_the_intent_open(devstripe):
    with pytest.raises(stripe.CardError) as declined:
        devstripe.client.v1.payment_intents.create(
            {
                "amount": 500,
                "currency": "usd",
                "payment_method": "pm_card_chargeDeclined",
                "confirm": True,
            }
        )
    assert (declined.value.http_status, declined.value.code) == (402, "card_declined")
    intent = devstripe.client.v1.payment_intents.list().data[0]
    assert (intent.status, intent.last_payment_error.decline_code) == (
        "requires_payment_method",
        "generic_decline",
    )
    assert balance(devstripe) == (0, 0)
    paid = devstripe.client.v1.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_visa"}
    )
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        devstripe.client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "payment_intent_unexpected_state"
    charges = devstripe.client.v1.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]


def test_unknown_cards_and_customers_are_refused(devstripe):
    make = devstripe.client.v1.payment_intents.create
    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod: 'pm_x'"):
        make({"amount": 500, "currency": "usd", "payment_method": "pm_x", "confirm": True})
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_x'"):
        make({"amount": 500, "currency": "usd", "customer": "cus_x"})
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        make({"amount": 500, "currency": "usd", "confirm": True})


def test_checkout_by_test_card(devstripe):
    customer = devstripe.client.v1.customers.create({"email": "lab@example.com", "name": "Lab"})
    made = session(devstripe, customer=customer.id)
    assert (made.amount_total, made.payment_status, made.payment_intent) == (12_000, "unpaid", None)
    page = devstripe.visit(made.url)
    assert page.status == 200
    assert "Pay 120.00 USD" in page.html
    assert "Project &lt;funds&gt;" in page.html
    paid = devstripe.visit(made.url, {"card_number": "4242 4242 4242 4242", "action": "pay"})
    assert paid.status == 303
    assert paid.location == f"http://127.0.0.1:9/paid?session={made.id}"
    again = devstripe.visit(made.url, {"card_number": "4242424242424242", "action": "pay"})
    assert again.location == paid.location
    done = devstripe.client.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]})
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert done.payment_intent.metadata.to_dict() == {"deposit": "9"}
    assert done.payment_intent.transfer_group == "deposit_9"
    assert done.customer_details.email == "lab@example.com"
    assert devstripe.stripe.summary()["charges"] == {
        "usd": {"count": 1, "amount": 12_000, "refunded": 0}
    }


def test_a_declined_card_leaves_the_page_open(devstripe):
    made = session(devstripe)
    for form, words in (
        ({"action": "decline"}, "Your card was declined."),
        ({"card_number": "4000000000009995", "action": "pay"}, "insufficient funds"),
        ({"card_number": "1234", "action": "pay"}, "used a non test card"),
    ):
        page = devstripe.visit(made.url, form)
        assert page.status == 402
        assert words in page.html
    assert devstripe.visit(made.url, {"card_number": " ", "action": "pay"}).status == 422
    assert devstripe.visit(made.url, {"card_number": "4242424242424242"}).status == 422
    assert devstripe.client.v1.checkout.sessions.retrieve(made.id).status == "open"
    assert (
        devstripe.visit(made.url, {"card_number": "4000000000000077", "action": "pay"}).status
        == 303
    )
    assert balance(devstripe) == (12_000 - 378, 0)
    assert len(devstripe.client.v1.payment_intents.list().data) == 1


def test_leaving_the_page_pays_nothing(devstripe):
    made = session(devstripe)
    assert devstripe.visit(made.url, {"action": "leave"}).location == "http://127.0.0.1:9/left"
    assert devstripe.client.v1.checkout.sessions.retrieve(made.id).status == "open"
    assert balance(devstripe) == (0, 0)


def test_sessions_expire_by_call_and_by_time(devstripe):
    called, waited = session(devstripe), session(devstripe)
    assert devstripe.client.v1.checkout.sessions.expire(called.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match='status in \\["open"\\]'):
        devstripe.client.v1.checkout.sessions.expire(called.id)
    devstripe.stripe.advance(DAY + 1)
    listed = devstripe.client.v1.checkout.sessions.list({"status": "expired"}).data
    assert [one.id for one in listed] == [waited.id, called.id]
    page = devstripe.visit(f"{devstripe.base_url}/pay/{waited.id}", {"action": "pay"})
    assert page.status == 410
    assert balance(devstripe) == (0, 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"mode": "subscription"}, "parameter_invalid"),
        ({"success_url": "javascript:alert(1)"}, "url_invalid"),
        ({"customer": "cus_x"}, "resource_missing"),
        ({"line_items": [{"price": "price_1", "quantity": 1}]}, "parameter_unknown"),
        ({"expires_at": 1}, None),
    ],
)
def test_sessions_that_are_refused(devstripe, change, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        session(devstripe, **change)
    assert refused.value.code == code


def test_refunds_reach_the_rest_of_the_charge_and_no_further(devstripe):
    intent = devstripe.fund(10_000)
    devstripe.fund(10_000)
    refund = devstripe.client.v1.refunds.create
    first = refund({"payment_intent": intent.id, "amount": 4_000, "metadata": {"r": "1"}})
    assert (first.status, first.amount) == ("succeeded", 4_000)
    with pytest.raises(
        stripe.InvalidRequestError, match=r"greater than unrefunded amount on charge \(6000\)"
    ):
        refund({"payment_intent": intent.id, "amount": 6_001})
    assert refund({"charge": intent.latest_charge}).amount == 6_000
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"
    assert balance(devstripe) == (2 * 9_680 - 10_000, 0)
    assert devstripe.client.v1.refunds.retrieve(first.id).charge == intent.latest_charge
    assert devstripe.client.v1.charges.retrieve(intent.latest_charge).refunded is True


def test_a_refund_of_pending_money_is_pending_too(devstripe):
    intent = devstripe.client.v1.payment_intents.create(
        {"amount": 10_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )
    with pytest.raises(stripe.InvalidRequestError) as refused:
        devstripe.client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "balance_insufficient"
    devstripe.client.v1.refunds.create({"payment_intent": intent.id, "amount": 680})
    assert balance(devstripe) == (0, 9_000)
    devstripe.stripe.advance(2 * DAY + 1)
    assert balance(devstripe) == (9_000, 0)


def test_the_balance_is_the_sum_of_its_transactions(devstripe):
    intent = devstripe.fund(10_000)
    devstripe.client.v1.refunds.create({"payment_intent": intent.id, "amount": 1_000})
    written = list(
        devstripe.client.v1.balance_transactions.list({"currency": "usd"}).auto_paging_iter()
    )
    assert [(one.type, one.net) for one in written] == [("refund", -1_000), ("charge", 9_680)]
    assert balance(devstripe) == (8_680, 0)
    one = devstripe.client.v1.balance_transactions.retrieve(written[0].id)
    assert one.source.startswith("re_")
    by_type = devstripe.client.v1.balance_transactions.list(
        {"type": "charge", "source": intent.latest_charge}
    )
    assert [one.id for one in by_type.data] == [written[1].id]
