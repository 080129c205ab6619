"""Money out: transfers and each reason to refuse one, reversals, payouts to the bank."""

import pytest
import stripe

DAY = 86_400


def send(devstripe, destination, amount=5_000, currency="usd", **more):
    return devstripe.client.v1.transfers.create(
        {"amount": amount, "currency": currency, "destination": destination, **more}
    )


def available(devstripe, account=None):
    options = {"stripe_account": account} if account else {}
    found = devstripe.client.v1.balance.retrieve(None, options).available
    return {row.currency: row.amount for row in found}


def test_a_transfer_moves_available_money(devstripe):
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    made = send(
        devstripe,
        account.id,
        transfer_group="payout_1",
        metadata={"payout": "1"},
        description="June",
    )
    assert (made.amount, made.destination, made.transfer_group) == (5_000, account.id, "payout_1")
    assert made.metadata.to_dict() == {"payout": "1"}
    assert available(devstripe) == {"usd": 4_680}
    assert available(devstripe, account.id) == {"usd": 5_000}
    assert devstripe.client.v1.transfers.retrieve(made.id).description == "June"
    assert devstripe.stripe.summary()["transfers"] == {
        "count": 1,
        "total": {"usd": {"count": 1, "amount": 5_000, "reversed": 0}},
        "by_destination": {account.id: {"usd": {"count": 1, "amount": 5_000, "reversed": 0}}},
        "by_transfer_group": {"payout_1": {"usd": {"count": 1, "amount": 5_000, "reversed": 0}}},
    }


def test_exactly_the_available_balance_can_be_sent(devstripe):
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(devstripe, account.id, 9_681)
    assert (refused.value.http_status, refused.value.code) == (400, "balance_insufficient")
    send(devstripe, account.id, 9_680)
    assert available(devstripe) == {"usd": 0}


def test_pending_money_cannot_be_sent(devstripe):
    account = devstripe.onboarded()
    devstripe.client.v1.payment_intents.create(
        {"amount": 10_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(devstripe, account.id)
    assert refused.value.code == "balance_insufficient"
    devstripe.stripe.advance(2 * DAY + 1)
    assert send(devstripe, account.id).amount == 5_000


def test_money_of_another_currency_does_not_help(devstripe):
    account = devstripe.onboarded()
    devstripe.fund(10_000, "eur")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(devstripe, account.id, currency="usd")
    assert refused.value.code == "balance_insufficient"


def test_an_account_without_onboarding_is_refused(devstripe):
    account = devstripe.account()
    devstripe.fund(10_000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(devstripe, account.id)
    assert refused.value.code == "insufficient_capabilities_for_transfer"


@pytest.mark.parametrize("status", ["pending", "restricted", "unsupported", "rejected"])
def test_an_account_that_lost_its_capability_is_refused(devstripe, status):
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    devstripe.stripe.set_transfers(account.id, status)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(devstripe, account.id)
    assert refused.value.code == "insufficient_capabilities_for_transfer"
    assert available(devstripe) == {"usd": 9_680}


def test_unknown_and_closed_destinations_are_refused(devstripe):
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    devstripe.client.v2.core.accounts.close(account.id)
    for destination in ("acct_unknown", account.id):
        with pytest.raises(
            stripe.InvalidRequestError, match=f"No such destination: '{destination}'"
        ) as refused:
            send(devstripe, destination)
        assert (refused.value.code, refused.value.param) == ("resource_missing", "destination")


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"amount": -1}, "parameter_invalid_integer", "amount"),
        ({"amount": "1.5"}, "parameter_invalid_integer", "amount"),
        ({"currency": "xyz"}, "parameter_invalid", "currency"),
        ({"destination": ""}, "parameter_invalid_empty", "destination"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"source_transaction": "ch_1"}, "resource_missing", "source_transaction"),
        ({"metadata": {"k" * 41: "v"}}, "parameter_invalid", f"metadata[{'k' * 41}]"),
    ],
)
def test_wrong_parameters_are_refused(devstripe, change, code, param):
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(devstripe, **{"destination": account.id, **change})
    assert (refused.value.code, refused.value.param) == (code, param)
    assert devstripe.stripe.summary()["transfers"]["count"] == 0


def test_a_missing_parameter_is_named(devstripe):
    with pytest.raises(stripe.InvalidRequestError, match=r"Missing required param: currency\."):
        devstripe.client.v1.transfers.create({"amount": 5, "destination": "acct_x"})


def test_a_connected_account_cannot_send(devstripe):
    account, other = devstripe.onboarded(), devstripe.onboarded()
    with pytest.raises(stripe.InvalidRequestError, match="cannot make transfers"):
        devstripe.client.v1.transfers.create(
            {"amount": 5, "currency": "usd", "destination": other.id},
            {"stripe_account": account.id},
        )


def test_transfers_are_found_by_group_destination_and_time(devstripe):
    one, two = devstripe.onboarded(), devstripe.onboarded()
    devstripe.fund(100_000)
    first = send(devstripe, one.id, 100, transfer_group="payout_a")
    devstripe.stripe.advance(100)
    second = send(devstripe, two.id, 200, transfer_group="payout_b")
    listed = devstripe.client.v1.transfers.list
    assert [row.id for row in listed({"transfer_group": "payout_a"}).data] == [first.id]
    assert [row.id for row in listed({"destination": two.id}).data] == [second.id]
    assert [row.id for row in listed({"created": {"gt": first.created}}).data] == [second.id]
    assert [row.id for row in listed({"created": {"lte": first.created}}).data] == [first.id]
    assert [row.id for row in listed({"created": second.created}).data] == [second.id]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        listed({"metadata": {"payout": "1"}})
    assert refused.value.code == "parameter_unknown"


def test_pages_in_both_directions(devstripe):
    account = devstripe.onboarded()
    devstripe.fund(100_000)
    ids = [send(devstripe, account.id, 100 + at).id for at in range(7)][::-1]
    listed = devstripe.client.v1.transfers.list
    page = listed({"limit": 3})
    assert ([row.id for row in page.data], page.has_more) == (ids[:3], True)
    page = listed({"limit": 3, "starting_after": ids[2]})
    assert ([row.id for row in page.data], page.has_more) == (ids[3:6], True)
    page = listed({"limit": 3, "starting_after": ids[5]})
    assert ([row.id for row in page.data], page.has_more) == (ids[6:], False)
    page = listed({"limit": 3, "ending_before": ids[6]})
    assert ([row.id for row in page.data], page.has_more) == (ids[3:6], True)
    assert [row.id for row in listed({"limit": 2}).auto_paging_iter()] == ids
    backwards = listed({"limit": 2, "ending_before": ids[6]}).auto_paging_iter()
    assert [row.id for row in backwards] == ids[5::-1]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        listed({"starting_after": "tr_unknown"})
    assert (refused.value.http_status, refused.value.code) == (400, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError):
        listed({"limit": 101})


def test_reversals(devstripe):
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    made = send(devstripe, account.id, 5_000)
    reverse = devstripe.client.v1.transfers.reversals.create
    first = reverse(made.id, {"amount": 2_000, "metadata": {"clawback": "1"}})
    assert (first.amount, first.transfer) == (2_000, made.id)
    with pytest.raises(
        stripe.InvalidRequestError, match=r"greater than unreversed amount \(3000\)"
    ):
        reverse(made.id, {"amount": 3_001})
    second = reverse(made.id)
    assert second.amount == 3_000
    with pytest.raises(stripe.InvalidRequestError, match="already fully reversed"):
        reverse(made.id)
    after = devstripe.client.v1.transfers.retrieve(made.id)
    assert (after.amount_reversed, after.reversed) == (5_000, True)
    assert [row.id for row in after.reversals.data] == [second.id, first.id]
    listed = devstripe.client.v1.transfers.reversals.list(made.id).data
    assert [row.id for row in listed] == [second.id, first.id]
    assert available(devstripe) == {"usd": 9_680}
    assert available(devstripe, account.id) == {"usd": 0}


def test_after_the_bank_payout_nothing_can_be_taken_back(devstripe):
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    made = send(devstripe, account.id, 5_000)
    devstripe.stripe.advance(DAY)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        devstripe.client.v1.transfers.reversals.create(made.id, {"amount": 1})
    assert refused.value.code == "balance_insufficient"


def test_the_bank_is_paid_daily_and_gets_it_two_days_later(devstripe):
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    send(devstripe, account.id, 2_000)
    devstripe.stripe.advance(3_600)
    send(devstripe, account.id, 1_000)
    payouts = devstripe.client.v1.payouts
    options = {"stripe_account": account.id}
    assert payouts.list({}, options).data == []
    devstripe.stripe.advance(DAY - 3_600)
    payout = payouts.list({"status": "in_transit"}, options).data[0]
    assert (payout.amount, payout.automatic) == (3_000, True)
    assert available(devstripe, account.id) == {"usd": 0}
    devstripe.stripe.advance(2 * DAY)
    assert payouts.retrieve(payout.id, {}, options).status == "paid"
    assert payouts.list().data == []
    with pytest.raises(stripe.InvalidRequestError) as refused:
        payouts.retrieve(payout.id)
    assert refused.value.http_status == 404


def test_one_long_step_of_the_clock_does_everything_in_order(devstripe):
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    made = send(devstripe, account.id, 2_000)
    devstripe.stripe.advance(30 * DAY)
    payout = devstripe.client.v1.payouts.list({}, {"stripe_account": account.id}).data[0]
    assert (payout.status, payout.created) == ("paid", made.created + DAY)
    assert payout.arrival_date == made.created + 3 * DAY


@pytest.mark.parametrize(
    ("number", "code"), [("000111111116", "no_account"), ("000111111113", "account_closed")]
)
def test_a_bank_that_sends_the_money_back(devstripe, number, code):
    account = devstripe.onboarded(number)
    devstripe.fund(10_000)
    send(devstripe, account.id, 2_000)
    devstripe.stripe.advance(4 * DAY)
    payout = devstripe.client.v1.payouts.list(
        {"status": "failed"}, {"stripe_account": account.id}
    ).data[0]
    assert payout.failure_code == code
    assert available(devstripe, account.id) == {"usd": 2_000}
    devstripe.stripe.advance(9 * DAY)
    assert len(devstripe.client.v1.payouts.list({}, {"stripe_account": account.id}).data) == 1


def test_a_payout_may_fail_after_it_was_paid(devstripe):
    account = devstripe.onboarded()
    devstripe.fund(10_000)
    send(devstripe, account.id, 2_000)
    devstripe.stripe.advance(4 * DAY)
    options = {"stripe_account": account.id}
    payout = devstripe.client.v1.payouts.list({"status": "paid"}, options).data[0]
    devstripe.stripe.fail_payout(payout.id, "account_closed")
    failed = devstripe.client.v1.payouts.retrieve(payout.id, {}, options)
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    assert available(devstripe, account.id) == {"usd": 2_000}
    with pytest.raises(LookupError):
        devstripe.stripe.fail_payout(payout.id)


def test_an_account_that_is_not_ours_is_403(devstripe):
    with pytest.raises(stripe.PermissionError, match="does not have access to account 'acct_x'"):
        devstripe.client.v1.balance.retrieve(None, {"stripe_account": "acct_x"})
