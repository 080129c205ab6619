"""Our books of Stripe's balance, after charges, fees and transfers at the local Stripe."""

import pytest

from marketplace.core.registry import SWEEPS
from payments.actions import books, deposits, payouts
from payments.actions.comparisons.register import compare
from payments.models import Difference, LedgerEntry
from payments.states import ComparisonName
from tests.payments.money import at_stripe, balance, run_jobs
from tests.support.factories_payments import BY, earn_payable, organization

PAY = {"card_number": "4242424242424242", "action": "pay"}


def deposit(local, amount, currency="usd"):
    row = deposits.request_deposit(
        organization_id=organization().pk, currency=currency, amount_minor=amount, by=BY
    )
    run_jobs()
    row.refresh_from_db()
    local.visit(row.checkout_url, PAY)
    deposits.settle(row.checkout_session, by=BY)


def clearing(currency="usd"):
    names = ("charge", "refund", "transfer", "reversal", "dispute")
    return {name: balance(f"clearing_{name}", "platform", currency) for name in names}


def test_clearing_accounts_return_to_zero_and_cash_is_stripes(local):
    deposit(local, 10_000)
    deposit(local, 2_000, "eur")
    local.stripe.advance(3 * 86_400)
    who = at_stripe(local)
    earn_payable(who, 1_000)  # funded by hand: a charge that Stripe does not know
    payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    run_jobs()
    assert clearing() == {
        "charge": -11_000,
        "refund": 0,
        "transfer": 1_000,
        "reversal": 0,
        "dispute": 0,
    }

    assert books.sync(by=BY) == 3
    assert clearing() == {"charge": -1_000, "refund": 0, "transfer": 0, "reversal": 0, "dispute": 0}
    assert set(clearing("eur").values()) == {0}
    # Stripe's fee on a card: 2.9 % and 30
    assert -balance("stripe_fees", "platform") == 320
    assert -balance("stripe_cash", "platform") == 10_000 - 320 - 1_000
    assert -balance("stripe_cash", "platform", "eur") == 2_000 - 88
    assert books.sync(by=BY) == 0
    assert LedgerEntry.objects.filter(kind="stripe_txn").count() == 3


def test_later_syncs_read_on_from_the_newest(local):
    deposit(local, 10_000)
    assert books.sync(by=BY) == 1
    local.stripe.advance(10 * 86_400)
    deposit(local, 500)
    assert books.sync(by=BY) == 1
    queries = [call for call in local.stripe.calls if call.path == "/v1/balance_transactions"]
    # once all, then the three days before the newest one by one, and what came after
    assert len(queries) == 1 + 4


def test_a_movement_that_we_have_no_account_for_is_left_out_and_is_a_gap(local):
    """An error in the log, and our cash is not Stripe's: R3 keeps it for a person."""
    local.fund(700)
    local.fund(300)
    _, unknown = local.stripe.state.store.newest_first("balance_transaction")
    unknown["type"] = "issuing_authorization_hold"
    assert books.sync(by=BY) == 1
    assert -balance("stripe_cash", "platform") == 300 - 39
    ran = compare(ComparisonName.CASH, by=BY)
    assert (ran.differences, ran.facts["ours"], ran.facts["stripe"]) == (
        1, {"usd": 300 - 39}, {"usd": 300 - 39 + 700 - 50},
    )  # fmt: skip


def test_a_movement_of_nothing_is_not_booked(local):
    local.fund(700)
    (row,) = local.stripe.state.store.newest_first("balance_transaction")
    row.update(amount=0, fee=0, net=0)
    assert books.sync(by=BY) == 0
    assert not LedgerEntry.objects.exists()


def test_more_than_a_page(local):
    for _ in range(101):
        local.fund(100)
    assert books.sync(by=BY) == 101
    assert -balance("stripe_cash", "platform") == 101 * (100 - 33)


@pytest.mark.parametrize(
    "job", [row.run for row in SWEEPS.values() if row.name.startswith("payments.")]
)
def test_sweeps_do_nothing_on_nothing_and_may_run_twice(local, job):
    job()
    job()
    assert (LedgerEntry.objects.count(), Difference.objects.count()) == (0, 0)
