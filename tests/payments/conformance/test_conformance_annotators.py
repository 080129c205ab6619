"""Conformance of accounts of annotators, and of money that goes there and comes back."""

import pytest
import stripe

from tests.payments.conformance.calls import charged, refused


def account_terms(side):
    wanted = {"stripe_balance": {"stripe_transfers": {"requested": True}}}
    roles = {"fees_collector": "application", "losses_collector": "application"}
    return {
        "contact_email": "ada@example.com",
        "display_name": "Ada",
        "dashboard": "express",
        "identity": {"country": "us", "entity_type": "individual"},
        "configuration": {"recipient": {"capabilities": wanted}},
        "defaults": {"responsibilities": roles},
        "metadata": side.mark,
        "include": ["configuration.recipient", "requirements"],
    }


def transfers_of(account):
    parts = account.to_dict()["configuration"]["recipient"]["capabilities"]["stripe_balance"]
    return parts["stripe_transfers"]["status"]


def test_a_new_account_cannot_be_paid_before_onboarding(side):
    key, terms = side.key(), account_terms(side)
    made = side.v2.accounts.create(terms, key)
    assert side.v2.accounts.create(terms, key).id == made.id
    found = side.v2.accounts.retrieve(
        made.id, {"include": ["configuration.recipient", "requirements"]}
    )
    assert (found.object, found.dashboard, transfers_of(found)) == (
        "v2.core.account",
        "express",
        "restricted",
    )
    assert found.requirements.entries
    assert side.v2.accounts.retrieve(made.id).to_dict().get("configuration") is None
    flow = {"refresh_url": "https://example.com/again", "return_url": "https://example.com/done"}
    link = side.v2.account_links.create(
        {
            "account": made.id,
            "use_case": {"type": "account_onboarding", "account_onboarding": flow},
        }
    )
    assert (link.account, link.url[:4]) == (made.id, "http")
    assert (
        refused(
            lambda: side.v1.transfers.create(
                {"amount": 100, "currency": "usd", "destination": made.id}, side.key()
            )
        )[0]
        == 400
    )
    side.v2.accounts.close(made.id, {"applied_configurations": ["recipient"]})


def test_accounts_that_are_refused(side):
    terms = account_terms(side)
    terms["defaults"] = {
        "responsibilities": {"fees_collector": "stripe", "losses_collector": "stripe"}
    }
    with pytest.raises(stripe.StripeError) as seen:
        side.v2.accounts.create(terms)
    assert seen.value.http_status == 400
    with pytest.raises(stripe.StripeError) as seen:
        side.v2.accounts.retrieve("acct_000000000000gone")
    assert seen.value.http_status in (403, 404)


def test_a_transfer_happens_once_for_each_key(side, payable):
    charged(side, 20_000)
    group, key = f"payout_{side.key()['idempotency_key'][-12:]}", side.key()
    terms = {
        "amount": 1_500,
        "currency": "usd",
        "destination": payable,
        "transfer_group": group,
        "metadata": side.mark,
    }
    made = side.v1.transfers.create(terms, key)
    again = side.v1.transfers.create(terms, key)
    assert (again.id, again.last_response.headers["idempotent-replayed"]) == (made.id, "true")
    with pytest.raises(stripe.IdempotencyError) as seen:
        side.v1.transfers.create({**terms, "amount": 1_600}, key)
    assert seen.value.http_status == 400
    assert (made.amount, made.destination, made.reversed) == (1_500, payable, False)
    assert made.metadata.to_dict() == side.mark
    found = side.until(
        lambda: side.v1.transfers.list({"transfer_group": group, "limit": 100}).data, bool
    )
    assert [row.id for row in found] == [made.id]


def test_transfers_that_are_refused(side, payable):
    terms = {"amount": 100, "currency": "usd", "destination": payable}
    calls = side.v1.transfers
    assert refused(lambda: calls.create({**terms, "amount": 99_999_999}))[:2] == (
        400,
        "balance_insufficient",
    )
    assert refused(lambda: calls.create({**terms, "amount": -1}))[:2] == (
        400,
        "parameter_invalid_integer",
    )
    assert refused(lambda: calls.create({**terms, "destination": "acct_gone"}))[:2] == (
        400,
        "resource_missing",
    )


def test_a_reversal_takes_back_the_rest_and_no_more(side, payable):
    charged(side, 20_000)
    made = side.v1.transfers.create({"amount": 1_500, "currency": "usd", "destination": payable})
    key = side.key()
    back = side.v1.transfers.reversals.create(made.id, {"amount": 500, "metadata": side.mark}, key)
    again = side.v1.transfers.reversals.create(made.id, {"amount": 500, "metadata": side.mark}, key)
    assert (back.object, back.amount, back.transfer, again.id) == (
        "transfer_reversal",
        500,
        made.id,
        back.id,
    )
    assert refused(lambda: side.v1.transfers.reversals.create(made.id, {"amount": 1_001}))[0] == 400
    found = side.v1.transfers.retrieve(made.id)
    assert (found.amount_reversed, found.reversed) == (500, False)
    side.v1.transfers.reversals.create(made.id, {"amount": 1_000})
    assert side.v1.transfers.retrieve(made.id).reversed is True
