"""The contract check itself: it knows Stripe's document, and it finds planted breaches."""

import hashlib
import json

import pytest
import stripe
from stripe import params
from stripe._api_version import _ApiVersion
from stripe.params import checkout as checkout_params
from stripe.params.v2 import core as core_params
from stripe.v2 import core

from payments.devstripe import constants, routes
from payments.devstripe.state import Call
from tests.support.stripe_contract import FOLDER, contract, violations

CLASSES = {
    "balance": stripe.Balance,
    "balance_settings": stripe.BalanceSettings,
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "cash_balance": stripe.CashBalance,
    "customer_cash_balance_transaction": stripe.CustomerCashBalanceTransaction,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "invoice": stripe.Invoice,
    "invoice_payment": stripe.InvoicePayment,
    "invoiceitem": stripe.InvoiceItem,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "payout": stripe.Payout,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
    "topup": stripe.Topup,
    "webhook_endpoint": stripe.WebhookEndpoint,
    "transfer": stripe.Transfer,
    "transfer_reversal": stripe.TransferReversal,
    "v2.core.account": core.Account,
    "v2.core.event": core.Event,
}
SHOWN_ONLY = {"balance", "balance_settings", "cash_balance"}  # made when asked for, not kept
LEFT_OUT = {
    # attributes of Stripe's examples that older API versions or other products bring along
    "charge": {"source"},
    "invoice": {"subscription"},
    "payment_intent": {"source", "managed_payments"},
    "checkout.session": {"integration_identifier", "managed_payments"},
    "refund": {"customer", "customer_account", "payment_method"},
    "topup": {"initiated_by"},
}


def call(**changes):
    made = {
        "method": "POST", "path": "/v1/transfers", "params": {"amount": "5", "currency": "usd", "destination": "a"},
        "key": None, "account": "", "status": 200, "body": None,
    }  # fmt: skip
    return Call(**{**made, **changes})


def test_the_files_from_stripe_are_unmodified():
    readme = (FOLDER / "README.md").read_text()
    for name in ("openapi.trimmed.json", "fixtures.trimmed.json"):
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() in readme
    assert "2026-05-27.dahlia" in readme
    assert "MIT License" in readme


@pytest.mark.parametrize("route", routes.ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_endpoint_and_parameter_is_stripes(route):
    found = contract().find(route.method, route.path.replace("{id}", "x_1"))
    assert found is not None
    _, operation = found
    from_query = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
    body = next(iter(operation.get("requestBody", {}).get("content", {}).values()), {"schema": {}})
    from_body = set(body["schema"].get("properties", {}))
    assert set(route.spec) <= (from_query if route.method == "GET" else from_body)
    required = set(body["schema"].get("required", [])) if route.method == "POST" else set()
    assert required <= {name for name, field in route.spec.items() if field.required}


@pytest.mark.parametrize(
    ("endpoint", "typed"),
    [
        ("POST /v1/accounts/{id}/login_links", params.AccountCreateLoginLinkParams),
        ("POST /v1/customers", params.CustomerCreateParams),
        ("POST /v1/customers/{id}", params.CustomerUpdateParams),
        ("POST /v1/payment_methods/{id}/attach", params.PaymentMethodAttachParams),
        ("POST /v1/invoices", params.InvoiceCreateParams),
        ("GET /v1/invoices", params.InvoiceListParams),
        ("POST /v1/invoices/{id}/finalize", params.InvoiceFinalizeInvoiceParams),
        ("POST /v1/invoiceitems", params.InvoiceItemCreateParams),
        ("POST /v1/payment_intents/{id}/cancel", params.PaymentIntentCancelParams),
        ("POST /v1/checkout/sessions", checkout_params.SessionCreateParams),
        ("GET /v1/checkout/sessions", checkout_params.SessionListParams),
        ("POST /v1/payment_intents", params.PaymentIntentCreateParams),
        ("GET /v1/payment_intents", params.PaymentIntentListParams),
        ("POST /v1/payment_intents/{id}/confirm", params.PaymentIntentConfirmParams),
        ("GET /v1/charges", params.ChargeListParams),
        ("GET /v1/balance_transactions", params.BalanceTransactionListParams),
        ("POST /v1/balance_settings", params.BalanceSettingsUpdateParams),
        ("POST /v1/invoices/{id}/pay", params.InvoicePayParams),
        ("POST /v1/payouts", params.PayoutCreateParams),
        ("POST /v1/topups", params.TopupCreateParams),
        ("GET /v1/topups", params.TopupListParams),
        ("POST /v1/transfers/{id}", params.TransferUpdateParams),
        ("POST /v1/webhook_endpoints", params.WebhookEndpointCreateParams),
        ("POST /v2/core/accounts/{id}", core_params.AccountUpdateParams),
        ("GET /v1/disputes", params.DisputeListParams),
        ("POST /v1/transfers", params.TransferCreateParams),
        ("GET /v1/transfers", params.TransferListParams),
        ("POST /v1/transfers/{id}/reversals", params.TransferCreateReversalParams),
        ("GET /v1/payouts", params.PayoutListParams),
        ("POST /v1/refunds", params.RefundCreateParams),
        ("GET /v1/events", params.EventListParams),
        ("POST /v2/core/accounts", core_params.AccountCreateParams),
        ("POST /v2/core/accounts/{id}/close", core_params.AccountCloseParams),
        ("POST /v2/core/account_links", core_params.AccountLinkCreateParams),
    ],
)
def test_parameters_are_also_those_of_the_installed_sdk(endpoint, typed):
    """The document is one API version behind the SDK: what the SDK dropped must not be taken."""
    spec = next(one.spec for one in routes.ROUTES if f"{one.method} {one.path}" == endpoint)
    assert set(spec) <= set(typed.__annotations__)


def test_the_overlay_follows_the_sdk():
    flow = core_params.AccountLinkCreateParamsUseCaseAccountOnboarding
    _, operation = contract().find("POST", "/v2/core/account_links")
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    known = body["properties"]["use_case"]["properties"]["account_onboarding"]["properties"]
    assert set(known) == set(flow.__annotations__)


def test_the_api_version_is_the_sdks():
    assert _ApiVersion.CURRENT == constants.API_VERSION


def one_of_each(devstripe):
    """Make an object of every kind that the local Stripe has, and return them by kind."""
    account = devstripe.onboarded()
    customer = devstripe.client.v1.customers.create({"name": "A", "email": "a@example.com"})
    devstripe.client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    owed = devstripe.client.v1.invoices.create({"customer": customer.id, "currency": "usd"})
    devstripe.client.v1.invoice_items.create(
        {"customer": customer.id, "currency": "usd", "amount": 900, "invoice": owed.id}
    )
    devstripe.client.v1.invoices.finalize_invoice(owed.id)
    devstripe.client.v1.test_helpers.customers.fund_cash_balance(
        customer.id, {"amount": 500, "currency": "usd"}
    )
    intent = devstripe.fund(10_000)
    transfer = devstripe.client.v1.transfers.create(
        {"amount": 500, "currency": "usd", "destination": account.id}
    )
    devstripe.client.v1.transfers.reversals.create(transfer.id, {"amount": 100})
    devstripe.client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    devstripe.client.v1.topups.create({"amount": 100, "currency": "usd"})
    devstripe.client.v1.webhook_endpoints.create(
        {"url": "http://x/", "enabled_events": ["topup.failed"]}
    )
    devstripe.stripe.open_dispute(intent.id)
    price = {"currency": "usd", "unit_amount": 900, "product_data": {"name": "F"}}
    devstripe.client.v1.checkout.sessions.create(
        {"mode": "payment", "success_url": "http://x/", "line_items": [{"price_data": price}]}
    )
    page = devstripe.client.v1.checkout.sessions.create(
        {"mode": "setup", "success_url": "http://x/", "customer": customer.id}
    )
    devstripe.visit(page.url, {"card_number": "4242424242424242", "action": "pay"})
    devstripe.stripe.advance(86_400 * 2)
    store = devstripe.stripe.state.store
    kinds = {
        kind: account.id if kind == "payout" else "" for kind in CLASSES if kind not in SHOWN_ONLY
    }
    made = {kind: store.newest_first(kind, owner=owner)[0] for kind, owner in kinds.items()}
    cash = devstripe.client.v1.customers.cash_balance.retrieve(customer.id).to_dict()
    settings = devstripe.client.v1.balance_settings.retrieve().to_dict()
    balance = devstripe.stripe.summary()["balance"]
    return {**made, "balance": balance, "balance_settings": settings, "cash_balance": cash}


def test_objects_have_all_attributes_of_stripes_examples(devstripe):
    examples = json.loads((FOLDER / "fixtures.trimmed.json").read_text())["resources"]
    for kind, row in one_of_each(devstripe).items():
        lacking = set(examples.get(kind, {})) - set(row) - LEFT_OUT.get(kind, set())
        assert lacking == set(), kind


def test_objects_have_no_attribute_that_the_installed_sdk_does_not_know(devstripe):
    for kind, row in one_of_each(devstripe).items():
        unknown = set(row) - set(CLASSES[kind].__annotations__)
        assert unknown == ({"data"} if kind == "v2.core.event" else set()), kind


def test_planted_breaches_are_found():
    good = call()
    assert violations([good]) == []
    for planted, words in (
        (
            call(params={"amount": "x", "currency": "usd", "destination": "a"}, body={}),
            "'x' is not of type",
        ),
        (call(params={"amount": "5"}, body={}), "'currency' is a required property"),
        (call(params={**good.params, "colour": "red"}, body={}), "'colour' was unexpected"),
        (call(body={"object": "transfer"}), "'amount' is a required property"),
        (call(path="/v1/nothing", body={}), "POST /v1/nothing is not in Stripe's document"),
        (call(status=400, body={"error": {"type": "oops"}}), "'oops' is not one of"),
        (call(status=400, body={"oops": 1}), "'error' is a required property"),
    ):
        assert words in "\n".join(violations([planted]))


def test_a_breach_fails_the_test_that_uses_the_fixture(devstripe):
    devstripe.client.v1.customers.create({"name": "A"})
    state = devstripe.stripe.state
    kept = list(state.calls)
    broken = {**kept[0].body, "created": "yesterday"}
    found = violations([Call(**{**vars(kept[0]), "body": broken})])
    assert found == [
        "200 reply of POST /v1/customers: created: 'yesterday' is not of type 'integer'"
    ]
    assert violations(kept) == []


def test_events_are_checked_to_the_inside():
    event = {
        "id": "evt_1", "object": "event", "api_version": None, "created": 1, "livemode": False,
        "pending_webhooks": 0, "request": None, "type": "x", "data": {"object": {"object": "transfer"}},
    }  # fmt: skip
    found = contract().event(event)
    assert "transfer: : 'amount' is a required property" in found
    event["data"]["object"] = {"object": "unicorn"}
    assert "unicorn is no object of Stripe's document" in contract().event(event)
