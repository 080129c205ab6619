"""Stripe's own books of our balance: what is available, and every movement."""

import datetime as dt
import functools
from collections.abc import Iterator

import stripe
from stripe.params import BalanceTransactionListParams, BalanceTransactionListParamsCreated

from payments.stripe.client import call
from payments.stripe.gateway import Cash, Movement

PAGE = 100


def read_cash() -> dict[str, Cash]:
    """Our balance by currency. Only what is available can be paid out."""
    balance = call(lambda client: client.v1.balance.retrieve())
    available = {row.currency: row.amount for row in balance.available}
    pending = {row.currency: row.amount for row in balance.pending}
    return {
        currency: Cash(currency, available.get(currency, 0), pending.get(currency, 0))
        for currency in sorted(available | pending)
    }


def payout_interval() -> str:
    """How often Stripe pays our balance to our bank; empty where it says nothing of it."""
    told = call(lambda client: client.v1.balance_settings.retrieve())
    payouts = told.payments.payouts
    schedule = payouts.schedule if payouts else None
    return (schedule.interval if schedule else None) or ""


def movements(
    *, since: dt.datetime | None, until: dt.datetime | None = None
) -> Iterator[list[Movement]]:
    """Pages of balance transactions made since then (or ever) until then, newest first."""
    query: BalanceTransactionListParams = {"limit": PAGE}
    if since is not None:
        span: BalanceTransactionListParamsCreated = {"gte": int(since.timestamp())}
        if until is not None:
            span["lt"] = int(until.timestamp())
        query["created"] = span
    more = True
    while more:
        page = call(functools.partial(_page, query))
        yield [_movement(row) for row in page.data]
        more = page.has_more and bool(page.data)
        if more:
            query["starting_after"] = page.data[-1].id


def _page(
    query: BalanceTransactionListParams, client: stripe.StripeClient
) -> stripe.ListObject[stripe.BalanceTransaction]:
    return client.v1.balance_transactions.list(query)


def _movement(row: stripe.BalanceTransaction) -> Movement:
    source = row.source
    return Movement(
        id=row.id,
        kind=row.type,
        amount=row.amount,
        fee=row.fee,
        net=row.net,
        currency=row.currency,
        source=source if isinstance(source, str) else "",
        created=dt.datetime.fromtimestamp(row.created, dt.UTC),
    )
