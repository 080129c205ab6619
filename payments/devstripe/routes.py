"""Every endpoint on one page: method, path, what it takes, who does the work."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from payments.devstripe.constants import Json
from payments.devstripe.endpoints import (
    accounts,
    balance,
    balance_settings,
    bank_refunds,
    banks,
    cash,
    charges,
    checkout,
    checkout_params,
    customers,
    disputes,
    events,
    invoice_payments,
    invoice_shapes,
    invoices,
    onboarding,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    reversals,
    topups,
    transfers,
    webhook_endpoints,
)
from payments.devstripe.fields import Spec
from payments.devstripe.paging import EXPAND
from payments.devstripe.state import Context

Work = Callable[[Context], Json]


@dataclass(frozen=True)
class Route:
    """One endpoint. `{id}` in the path stands for an id; a path under /v2/ has v2's manners."""

    method: str
    path: str
    spec: Spec
    work: Work

    @property
    def v2(self) -> bool:
        """Whether this is an endpoint of the v2 API."""
        return self.path.startswith("/v2/")

    def pattern(self) -> re.Pattern[str]:
        """The path as a regular expression with one group for each id."""
        return re.compile(self.path.replace("{id}", "([^/]+)") + "$")


NOTHING: Final[Spec] = {}
ROUTES: Final = (
    Route("POST", "/v2/core/accounts", accounts.CREATE, accounts.create),
    Route("GET", "/v2/core/accounts", accounts.LIST, accounts.list_all),
    Route("GET", "/v2/core/accounts/{id}", accounts.INCLUDE, accounts.retrieve),
    Route("POST", "/v2/core/accounts/{id}", accounts.UPDATE, accounts.update),
    Route("POST", "/v2/core/accounts/{id}/close", accounts.CLOSE, accounts.close),
    Route("POST", "/v2/core/account_links", onboarding.CREATE, onboarding.create_link),
    Route("GET", "/v2/core/events", events.V2_LIST, events.list_thin),
    Route("GET", "/v2/core/events/{id}", NOTHING, events.retrieve_thin),
    Route("GET", "/v1/accounts/{id}", EXPAND, banks.retrieve),
    Route("POST", "/v1/accounts/{id}/login_links", onboarding.LOGIN, onboarding.create_login_link),
    Route("POST", "/v1/customers", customers.CREATE, customers.create),
    Route("POST", "/v1/customers/{id}", customers.UPDATE, customers.update),
    Route("GET", "/v1/customers/{id}", EXPAND, customers.retrieve),
    Route("GET", "/v1/customers/{id}/cash_balance", EXPAND, cash.retrieve),
    Route("GET", "/v1/customers/{id}/cash_balance_transactions", cash.LIST, cash.list_all),
    Route("POST", "/v1/test_helpers/customers/{id}/fund_cash_balance", cash.FUND, cash.fund),
    Route(
        "GET",
        "/v1/customers/{id}/payment_methods",
        payment_methods.LIST,
        payment_methods.list_all,
    ),
    Route("GET", "/v1/payment_methods/{id}", EXPAND, payment_methods.retrieve),
    Route(
        "POST",
        "/v1/payment_methods/{id}/attach",
        payment_methods.ATTACH,
        payment_methods.attach,
    ),
    Route("POST", "/v1/payment_methods/{id}/detach", EXPAND, payment_methods.detach),
    Route("GET", "/v1/setup_intents/{id}", EXPAND, payment_methods.retrieve_setup),
    Route("POST", "/v1/invoices", invoice_shapes.CREATE, invoices.create),
    Route("GET", "/v1/invoices", invoice_shapes.LIST, invoices.list_all),
    Route("GET", "/v1/invoices/{id}", EXPAND, invoices.retrieve),
    Route("POST", "/v1/invoices/{id}/finalize", invoice_shapes.FINALIZE, cash.finalize),
    Route("POST", "/v1/invoices/{id}/send", EXPAND, invoices.send),
    Route("POST", "/v1/invoices/{id}/void", EXPAND, invoices.void),
    Route("POST", "/v1/invoices/{id}/mark_uncollectible", EXPAND, invoices.mark_uncollectible),
    Route("POST", "/v1/invoices/{id}/pay", invoice_payments.PAY, invoice_payments.pay),
    Route("POST", "/v1/invoiceitems", invoice_shapes.ITEM, invoices.add_item),
    Route("POST", "/v1/checkout/sessions", checkout_params.CREATE, checkout.create),
    Route("GET", "/v1/checkout/sessions", checkout_params.LIST, checkout.list_all),
    Route("GET", "/v1/checkout/sessions/{id}", EXPAND, checkout.retrieve),
    Route("POST", "/v1/checkout/sessions/{id}/expire", checkout_params.EXPIRE, checkout.expire),
    Route("POST", "/v1/payment_intents", payment_intents.CREATE, cash.create_intent),
    Route("GET", "/v1/payment_intents", payment_intents.LIST, payment_intents.list_all),
    Route("GET", "/v1/payment_intents/{id}", EXPAND, payment_intents.retrieve),
    Route(
        "POST",
        "/v1/payment_intents/{id}/confirm",
        payment_intents.CONFIRM,
        payment_intents.confirm,
    ),
    Route(
        "POST",
        "/v1/payment_intents/{id}/cancel",
        payment_intents.CANCEL,
        cash.cancel_intent,
    ),
    Route("GET", "/v1/charges", charges.LIST, charges.list_all),
    Route("GET", "/v1/charges/{id}", EXPAND, charges.retrieve),
    Route("GET", "/v1/disputes", disputes.LIST, disputes.list_all),
    Route("GET", "/v1/disputes/{id}", EXPAND, disputes.retrieve),
    Route("GET", "/v1/balance", EXPAND, balance.retrieve),
    Route("GET", "/v1/balance_settings", EXPAND, balance_settings.retrieve),
    Route("POST", "/v1/balance_settings", balance_settings.UPDATE, balance_settings.update),
    Route("GET", "/v1/balance_transactions", balance.LIST, balance.list_transactions),
    Route("GET", "/v1/balance_transactions/{id}", EXPAND, balance.retrieve_transaction),
    Route("POST", "/v1/transfers", transfers.CREATE, transfers.create),
    Route("GET", "/v1/transfers", transfers.LIST, transfers.list_all),
    Route("GET", "/v1/transfers/{id}", EXPAND, transfers.retrieve),
    Route("POST", "/v1/transfers/{id}", transfers.UPDATE, transfers.update),
    Route("POST", "/v1/transfers/{id}/reversals", reversals.CREATE, reversals.create),
    Route("GET", "/v1/transfers/{id}/reversals", reversals.LIST, reversals.list_all),
    Route("GET", "/v1/transfers/{id}/reversals/{id}", EXPAND, reversals.retrieve),
    Route("POST", "/v1/topups", topups.CREATE, topups.create),
    Route("GET", "/v1/topups", topups.LIST, topups.list_all),
    Route("GET", "/v1/topups/{id}", EXPAND, topups.retrieve),
    Route("POST", "/v1/payouts", payouts.CREATE, payouts.create),
    Route("GET", "/v1/payouts", payouts.LIST, payouts.list_all),
    Route("GET", "/v1/payouts/{id}", EXPAND, payouts.retrieve),
    Route("POST", "/v1/refunds", refunds.CREATE, refunds.create),
    Route("GET", "/v1/refunds", refunds.LIST, refunds.list_all),
    Route("GET", "/v1/refunds/{id}", EXPAND, refunds.retrieve),
    Route("POST", "/v1/webhook_endpoints", webhook_endpoints.CREATE, webhook_endpoints.create),
    Route("GET", "/v1/webhook_endpoints", webhook_endpoints.LIST, webhook_endpoints.list_all),
    Route("POST", "/v1/refunds/{id}/cancel", EXPAND, bank_refunds.cancel),
    Route("POST", "/v1/test_helpers/refunds/{id}/expire", EXPAND, bank_refunds.expire),
    Route("GET", "/v1/events", events.LIST, events.list_all),
    Route("GET", "/v1/events/{id}", EXPAND, events.retrieve),
)  # fmt: skip
COMPILED: Final = tuple((route, route.pattern()) for route in ROUTES)


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The endpoint of a request and the ids in its path; nothing where there is none."""
    for route, pattern in COMPILED:
        match = pattern.match(path)
        if match and route.method == method:
            return route, match.groups()
    return None
