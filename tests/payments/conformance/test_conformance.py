"""What the marketplace expects of Stripe: shapes, codes, types, and what a repeated key does.

The local half always runs; the other needs a sandbox (tests/support/sandbox.py says how).
"""

import time

import pytest
import stripe

from tests.payments.conformance.calls import charged, customer, refused
from tests.support.sandbox import REAL, sandbox_key


def test_a_repeated_key_replays_and_a_contradiction_is_an_idempotency_error(side):
    key = side.key()
    terms = {"name": "Lab", "metadata": side.mark}
    first = side.v1.customers.create(terms, key)
    again = side.v1.customers.create(terms, key)
    assert (again.id, again.last_response.headers["idempotent-replayed"]) == (first.id, "true")
    with pytest.raises(stripe.IdempotencyError) as seen:
        side.v1.customers.create({**terms, "name": "Other"}, key)
    assert (seen.value.http_status, seen.value.json_body["error"]["type"]) == (
        400,
        "idempotency_error",
    )


def test_what_validation_refuses(side):
    assert refused(lambda: side.v1.customers.create({"colour": "red"})) == (
        400,
        "parameter_unknown",
        "colour",
    )
    assert refused(lambda: side.v1.payment_intents.retrieve("pi_gone"))[:2] == (
        404,
        "resource_missing",
    )
    status, code, param = refused(
        lambda: charged(side, 0)  # not positive
    )
    assert (status, code, param) == (400, "parameter_invalid_integer", "amount")
    assert refused(lambda: charged(side, 10))[:2] == (400, "amount_too_small")
    assert refused(lambda: side.v1.transfers.list({"limit": 101}))[0] == 400


def test_a_wrong_key_is_401(side):
    base = side.local.base_url if side.local else REAL
    other = stripe.StripeClient("nonsense", base_addresses={"api": base})
    with pytest.raises(stripe.AuthenticationError) as seen:
        other.v1.balance.retrieve()
    assert seen.value.http_status == 401


def test_the_balance_and_its_settings(side):
    balance = side.v1.balance.retrieve()
    assert (balance.object, balance.livemode) == ("balance", False)
    for row in [*balance.available, *balance.pending]:
        assert (isinstance(row.amount, int), row.currency.islower()) == (True, True)
    settings = side.v1.balance_settings.retrieve()
    assert settings.object == "balance_settings"
    assert settings.payments.payouts.schedule.interval in ("manual", "daily", "weekly", "monthly")


def test_balance_transactions_come_in_pages_and_by_time(side):
    began = int(time.time()) - 300
    made = {charged(side, 1_000 + at).latest_charge for at in range(3)}
    seen, query = [], {"limit": 2, "created": {"gte": began}, "type": "charge"}
    while True:
        page = side.v1.balance_transactions.list(query)
        assert len(page.data) <= 2
        seen += page.data
        if not page.has_more:
            break
        query["starting_after"] = page.data[-1].id
    assert len({row.id for row in seen}) == len(seen)
    assert made <= {row.source for row in seen}
    assert [row.created for row in seen] == sorted((row.created for row in seen), reverse=True)
    row = next(row for row in seen if row.source in made)
    assert (row.object, row.net, row.reporting_category) == (
        "balance_transaction",
        row.amount - row.fee,
        "charge",
    )


def test_events_are_listed_by_type_and_carry_their_object(side):
    began = int(time.time()) - 300
    made = customer(side)
    query = {"types": ["customer.created"], "created": {"gte": began}, "limit": 100}
    found = side.until(
        lambda: [
            one for one in side.v1.events.list(query).data if one.data.object["id"] == made.id
        ],
        bool,
    )
    (event,) = found
    assert (event.object, event.type, event.livemode) == ("event", "customer.created", False)
    assert event.data.object["metadata"].to_dict() == side.mark
    assert refused(lambda: side.v1.events.retrieve("evt_gone"))[0] == 404


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1", "pk_test_1", "whatever"])
def test_no_key_but_a_test_key_is_taken_for_a_sandbox(key):
    with pytest.raises(ValueError, match="not a test key: these tests move money, and nothing was"):
        sandbox_key({"STRIPE_SANDBOX_KEY": key})


def test_without_a_key_there_is_no_sandbox_half():
    assert sandbox_key({}) is None
    assert sandbox_key({"STRIPE_SANDBOX_KEY": " "}) is None
    assert sandbox_key({"STRIPE_SANDBOX_KEY": "rk_test_1"}) == "rk_test_1"
