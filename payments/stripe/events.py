"""Stripe's own list of what happened, for what never reached our webhook."""

import datetime as dt
import functools
from collections.abc import Iterator, Sequence
from typing import Any

import stripe
from stripe.params import EventListParams
from stripe.params.v2.core import EventListParams as ThinListParams

from payments.stripe.client import call

PAGE, MOST_TYPES = 100, 20


def snapshots(
    types: Sequence[str], *, since: dt.datetime, account: str = ""
) -> Iterator[dict[str, Any]]:
    """Events (v1) of these types made since then, newest first; those inside a connected account
    where one is named. Stripe keeps them for 30 days.
    """
    for first in range(0, len(types), MOST_TYPES):
        query: EventListParams = {
            "types": list(types[first : first + MOST_TYPES]),
            "created": {"gte": int(since.timestamp())},
            "limit": PAGE,
        }
        more = True
        while more:
            page = call(functools.partial(_page, query, account))
            for row in page.data:
                shown: dict[str, Any] = row.to_dict(for_json=True)  # no Decimal
                yield {**shown, "account": account} if account else shown
            more = page.has_more and bool(page.data)
            if more:
                query["starting_after"] = page.data[-1].id


def _page(
    query: EventListParams, account: str, client: stripe.StripeClient
) -> stripe.ListObject[stripe.Event]:
    options: stripe.RequestOptions = {"stripe_account": account} if account else {}
    return client.v1.events.list(query, options)


def thin(types: Sequence[str], *, since: dt.datetime) -> Iterator[dict[str, Any]]:
    """Thin events (v2) of these types made since then; they only name their object."""
    query: ThinListParams = {
        "types": list(types),
        "created": {"gte": since.isoformat()},
        "limit": PAGE,
    }
    rows = call(lambda client: list(client.v2.core.events.list(query).auto_paging_iter()))
    for row in rows:
        yield row.to_dict(for_json=True)
