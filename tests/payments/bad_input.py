"""Helpers of the tests of bad input: what must not move, and what a page gives back."""

import html
import re

from payments.models import (
    Clawback,
    Deposit,
    Earning,
    GoodwillRequest,
    LedgerEntry,
    LedgerLeg,
    Payout,
    Refund,
    Reservation,
    SpendLimit,
    StripeEvent,
    TopUpRule,
)
from tasks.models import Project

ROWS = (
    Clawback, Deposit, Earning, GoodwillRequest, LedgerEntry, Payout, Refund, Reservation,
    SpendLimit, StripeEvent, TopUpRule,
)  # fmt: skip


def moved():
    """All that could have moved: each leg, how many rows there are of each kind, each price."""
    return (
        list(LedgerLeg.objects.order_by("id").values_list("account", "currency", "amount")),
        {model.__name__: model.objects.count() for model in ROWS},
        list(Project.objects.order_by("pk").values_list("price_minor", "review_price_minor")),
    )


def kept(page):
    """What the fields of a page's forms hold: inputs, areas and what is selected."""
    text = page.content.decode()
    found = re.findall(r'<input[^>]*\bvalue="([^"]*)"', text)
    found += re.findall(r"<textarea[^>]*>\s*([^<]*)</textarea>", text)
    found += re.findall(r'<option value="([^"]*)"[^>]*\bselected', text)
    return {html.unescape(one).strip() for one in found}


def says(page):
    """The page's text, as a person reads it."""
    return html.unescape(page.content.decode())
