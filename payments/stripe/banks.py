"""An annotator's bank, as far as Stripe tells: whether it changed, and what was paid to it."""

import datetime as dt
import hashlib

import stripe

from payments.stripe.client import call
from payments.stripe.gateway import ToBank

PAGE = 100


def details_print(account_id: str) -> str:
    """A fingerprint of the account's bank accounts, 64 hex digits; empty where it has none.

    Other bank accounts have another one. Nothing of a bank account can be read from it.
    """
    account = call(lambda client: client.v1.accounts.retrieve(account_id))
    shown = account.to_dict().get("external_accounts") or {}
    banks = sorted(
        f"{bank.get('id')}/{bank.get('fingerprint')}" for bank in shown.get("data") or []
    )
    return hashlib.sha256(" ".join(banks).encode()).hexdigest() if banks else ""


def read_payout(payout_id: str, account_id: str) -> ToBank:
    """One payout of the account to its bank, as it is now."""
    found = call(
        lambda client: client.v1.payouts.retrieve(payout_id, {}, {"stripe_account": account_id})
    )
    return _to_bank(found)


def newest_payouts(account_id: str) -> list[ToBank]:
    """The account's newest hundred payouts to its bank: events may be lost."""
    page = call(
        lambda client: client.v1.payouts.list({"limit": PAGE}, {"stripe_account": account_id})
    )
    return [_to_bank(row) for row in page.data]


def _to_bank(row: stripe.Payout) -> ToBank:
    return ToBank(
        id=row.id,
        amount_minor=row.amount,
        currency=row.currency,
        status=row.status,
        arrives_on=dt.datetime.fromtimestamp(row.arrival_date, dt.UTC).date(),
        made_at=dt.datetime.fromtimestamp(row.created, dt.UTC),
        failure_code=(row.failure_code or "")[:60],
        failure=(row.failure_message or "")[:300],
    )
