"""The platform's own money: top-ups, payouts, balance settings; transfers out of one charge."""

import pytest
import stripe

from tests.support.devstripe import start_devstripe, stop_devstripe

DAY = 86_400


def available(devstripe, account=None, currency="usd"):
    options = {"stripe_account": account} if account else {}
    rows = devstripe.client.v1.balance.retrieve(None, options).available
    return next((row.amount for row in rows if row.currency == currency), 0)


def payouts(devstripe, account=None):
    options = {"stripe_account": account} if account else {}
    rows = devstripe.client.v1.payouts.list({}, options).data
    return [(row.amount, row.status, row.automatic) for row in rows]


def test_a_top_up_is_ours_days_later(devstripe, inbox):
    devstripe.stripe.add_webhook(inbox.url, "whsec_x")
    v1 = devstripe.client.v1
    made = v1.topups.create({"amount": 7_000, "currency": "usd", "description": "Float"})
    assert (made.status, available(devstripe)) == ("pending", 0)
    devstripe.stripe.advance(5 * DAY)
    found = v1.topups.retrieve(made.id, {"expand": ["balance_transaction"]})
    assert (found.status, found.balance_transaction.type, available(devstripe)) == (
        "succeeded",
        "topup",
        7_000,
    )
    refused = v1.topups.create({"amount": 100, "currency": "usd"})
    assert devstripe.control("topups", {"topup": refused.id}) == (
        200,
        {"topup": refused.id, "status": "failed"},
    )
    assert devstripe.control("topups", {"topup": refused.id})[0] == 404
    devstripe.stripe.advance(9 * DAY)
    assert [row.id for row in v1.topups.list({"status": "failed"}).data] == [refused.id]
    assert available(devstripe) == 7_000
    assert devstripe.stripe.courier.idle()
    assert [name for name in inbox.types() if name.startswith("topup")] == [
        "topup.created",
        "topup.succeeded",
        "topup.created",
        "topup.failed",
    ]
    account = devstripe.onboarded()
    for wrong in (
        lambda: v1.topups.retrieve("tu_gone"),
        lambda: v1.topups.create({"amount": 1, "currency": "usd"}, {"stripe_account": account.id}),
        lambda: v1.topups.create({"amount": 0, "currency": "usd"}),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            wrong()


def test_our_money_stays_until_a_schedule_is_chosen(devstripe, inbox):
    """What a platform must choose: left to a schedule, the clients' prepaid money leaves."""
    v1 = devstripe.client.v1
    devstripe.fund(10_000)
    devstripe.stripe.advance(40 * DAY)
    settings = v1.balance_settings.retrieve()
    assert (settings.payments.payouts.schedule.interval, available(devstripe)) == ("manual", 9_680)
    devstripe.stripe.add_webhook(inbox.url, "whsec_x")
    chosen = v1.balance_settings.update(
        {
            "payments": {
                "payouts": {
                    "schedule": {"interval": "weekly", "weekly_payout_days": ["friday"]},
                    "minimum_balance_by_currency": {"usd": 680},
                }
            }
        }
    )
    assert chosen.payments.payouts.minimum_balance_by_currency.to_dict() == {"usd": 680}
    devstripe.stripe.advance(6 * DAY)
    assert payouts(devstripe) == []
    devstripe.stripe.advance(3 * DAY)
    assert (payouts(devstripe), available(devstripe)) == ([(9_000, "paid", True)], 680)
    devstripe.fund(1_000)  # 941 after the fee
    devstripe.stripe.advance(7 * DAY)
    assert (payouts(devstripe)[0], available(devstripe)) == ((941, "paid", True), 680)
    v1.balance_settings.update(
        {
            "payments": {
                "payouts": {
                    "schedule": {"interval": "manual"},
                    "minimum_balance_by_currency": {"usd": ""},
                }
            }
        }
    )
    devstripe.stripe.advance(40 * DAY)
    assert (len(payouts(devstripe)), available(devstripe)) == (2, 680)
    assert devstripe.stripe.courier.idle()
    assert inbox.types().count("balance_settings.updated") == 2
    with pytest.raises(stripe.InvalidRequestError):
        v1.balance_settings.update(
            {"payments": {"payouts": {"minimum_balance_by_currency": {"xyz": 1}}}}
        )


@pytest.mark.parametrize(("interval", "days"), [("daily", 1), ("weekly", 7), ("monthly", 30)])
def test_a_connected_account_is_paid_by_its_schedule(devstripe, interval, days):
    v1, account = devstripe.client.v1, devstripe.onboarded()
    inside = {"stripe_account": account.id}
    v1.balance_settings.update(
        {"payments": {"payouts": {"schedule": {"interval": interval}}}}, inside
    )
    devstripe.fund(10_000)
    v1.transfers.create({"amount": 5_000, "currency": "usd", "destination": account.id})
    devstripe.stripe.advance(days * DAY - 60)
    assert payouts(devstripe, account.id) == []
    devstripe.stripe.advance(60)
    assert payouts(devstripe, account.id) == [(5_000, "in_transit", True)]


def test_a_payout_may_be_asked_for(devstripe):
    v1, account = devstripe.client.v1, devstripe.onboarded()
    inside = {"stripe_account": account.id}
    v1.balance_settings.update(
        {"payments": {"payouts": {"schedule": {"interval": "manual"}}}}, inside
    )
    devstripe.fund(10_000)
    v1.transfers.create({"amount": 5_000, "currency": "usd", "destination": account.id})
    devstripe.stripe.advance(9 * DAY)
    made = v1.payouts.create({"amount": 2_000, "currency": "usd"}, inside)
    devstripe.stripe.advance(2 * DAY)
    assert v1.payouts.retrieve(made.id, {}, inside).status == "paid"
    assert available(devstripe, account.id) == 3_000
    own = v1.payouts.create({"amount": 680, "currency": "usd", "description": "Fees"})
    assert (own.description, available(devstripe)) == ("Fees", 4_000)
    assert devstripe.control("payouts", {"payout": own.id})[0] == 200
    assert available(devstripe) == 4_680
    bare = devstripe.account()
    for wrong, code in (
        (
            lambda: v1.payouts.create({"amount": 3_001, "currency": "usd"}, inside),
            "balance_insufficient",
        ),
        (
            lambda: v1.payouts.create(
                {"amount": 1, "currency": "usd"}, {"stripe_account": bare.id}
            ),
            None,
        ),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            wrong()
        assert refused.value.code == code


def test_a_transfer_out_of_one_charge_may_be_pending_and_no_larger(devstripe):
    v1, account = devstripe.client.v1, devstripe.onboarded()
    intent = v1.payment_intents.create(
        {"amount": 10_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )
    terms = {
        "amount": 6_000,
        "currency": "usd",
        "destination": account.id,
        "source_transaction": intent.latest_charge,
    }
    made = v1.transfers.create(terms)
    assert made.transfer_group == f"group_{intent.latest_charge}"
    assert (available(devstripe), available(devstripe, account.id)) == (0, 0)
    with pytest.raises(stripe.InvalidRequestError, match="must not exceed the source amount"):
        v1.transfers.create({**terms, "amount": 4_001})
    with pytest.raises(stripe.InvalidRequestError, match="not in eur"):
        v1.transfers.create({**terms, "currency": "eur"})
    devstripe.stripe.advance(2 * DAY)
    assert (available(devstripe), available(devstripe, account.id)) == (3_680, 6_000)
    v1.transfers.reversals.create(made.id, {"amount": 1_000})
    assert v1.transfers.create({**terms, "amount": 5_000}).amount == 5_000
    devstripe.stripe.advance(DAY)
    assert payouts(devstripe, account.id) == [(10_000, "in_transit", True)]


def test_money_may_take_its_time_to_a_connected_account():
    slow = start_devstripe(transfer_seconds=DAY)
    account = slow.onboarded()
    slow.fund(10_000)
    slow.client.v1.transfers.create({"amount": 5_000, "currency": "usd", "destination": account.id})
    slow.stripe.advance(DAY - 60)
    assert (available(slow), available(slow, account.id)) == (4_680, 0)
    slow.stripe.advance(60)
    assert available(slow, account.id) == 5_000
    slow.stripe.advance(DAY)
    assert payouts(slow, account.id) == [(5_000, "in_transit", True)]
    stop_devstripe(slow)


def test_a_transfer_can_be_described_and_a_reversal_read(devstripe):
    v1, account = devstripe.client.v1, devstripe.onboarded()
    devstripe.fund(10_000)
    terms = {"amount": 500, "currency": "usd", "destination": account.id}
    made = v1.transfers.create({**terms, "description": "June", "metadata": {"a": "1"}})
    other = v1.transfers.create(terms)
    v1.transfers.update(made.id, {"description": "", "metadata": {"b": "2"}})
    found = v1.transfers.retrieve(made.id)
    assert (found.description, found.metadata.to_dict()) == (None, {"a": "1", "b": "2"})
    back = v1.transfers.reversals.create(made.id, {"amount": 100})
    assert v1.transfers.reversals.retrieve(made.id, back.id).amount == 100
    with pytest.raises(stripe.InvalidRequestError):
        v1.transfers.reversals.retrieve(other.id, back.id)


def test_an_account_can_be_changed_but_not_moved(devstripe):
    v2 = devstripe.client.v2.core
    plain = {"contact_email": "a@example.com", "identity": {"country": "us"}, "dashboard": "none"}
    account = v2.accounts.create(plain)
    wanted = {"stripe_balance": {"stripe_transfers": {"requested": True}}}
    changed = v2.accounts.update(
        account.id,
        {
            "display_name": "Ada L.",
            "identity": {"entity_type": "individual"},
            "metadata": {"a": "1"},
            "configuration": {"recipient": {"capabilities": wanted}},
            "include": ["configuration.recipient", "identity", "requirements"],
        },
    ).to_dict()
    status = changed["configuration"]["recipient"]["capabilities"]["stripe_balance"]
    assert (changed["display_name"], status["stripe_transfers"]["status"]) == (
        "Ada L.",
        "restricted",
    )
    assert [row["description"] for row in changed["requirements"]["entries"]] == [
        "default_payment_method",
        "identity.individual.name",
    ]
    for wrong in ({"identity": {"country": "de"}}, {"contact_email": "nobody"}):
        with pytest.raises(stripe.StripeError) as refused:
            v2.accounts.update(account.id, wrong)
        assert refused.value.http_status == 400
    v2.accounts.close(account.id, {"applied_configurations": ["recipient"]})
    with pytest.raises(stripe.StripeError, match="closed"):
        v2.accounts.update(account.id, {"display_name": "B"})


def test_endpoints_made_by_the_api_hear_of_us_or_of_connected_accounts(devstripe, inbox):
    v1 = devstripe.client.v1
    terms = {
        "enabled_events": ["charge.succeeded", "payout.created"],
        "api_version": "2026-10-28.endive",
    }
    ours = v1.webhook_endpoints.create({"url": f"{inbox.url}/ours", **terms})
    theirs = v1.webhook_endpoints.create(
        {
            "url": f"{inbox.url}/theirs",
            "enabled_events": ["*"],
            "connect": True,
            "metadata": {"a": "1"},
        }
    )
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    v1.transfers.create({"amount": 500, "currency": "usd", "destination": account.id})
    devstripe.stripe.advance(2 * DAY)
    assert devstripe.stripe.courier.idle()
    seen = {}
    for letter in inbox.letters:
        seen.setdefault(letter.path, set()).add(letter.event["type"])
    assert seen["/ours"] == {"charge.succeeded"}
    assert {"payout.created", "account.external_account.created"} <= seen["/theirs"]
    assert "charge.succeeded" not in seen["/theirs"]
    first = next(letter for letter in inbox.letters if letter.path == "/ours")
    assert devstripe.client.construct_event(first.body, first.signature, ours.secret)
    listed = v1.webhook_endpoints.list().data
    assert [(row.id, getattr(row, "secret", None)) for row in listed] == [
        (theirs.id, None),
        (ours.id, None),
    ]
    with pytest.raises(stripe.InvalidRequestError):
        v1.webhook_endpoints.create(
            {"url": inbox.url, "enabled_events": ["*"], "api_version": "2020-08-27"}
        )
    with pytest.raises(stripe.InvalidRequestError):
        v1.webhook_endpoints.create(
            {"url": inbox.url, "enabled_events": ["*"]}, {"stripe_account": account.id}
        )
    devstripe.stripe.reset()
    assert v1.webhook_endpoints.list().data == []
    assert devstripe.stripe.courier.hooks == []
