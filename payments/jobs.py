"""The background jobs and sweeps of `payments`. Those that speak to Stripe are `remote`."""

import uuid

from marketplace.core.actors import Actor, ActorKind
from marketplace.core.actors import job as acting
from marketplace.core.registry import job, sweep
from payments.actions import books, deposits, earnings, events, onboarding, payouts, sending


@job("payments.open_deposit", queue="slow", remote=True)
def open_deposit(deposit_id: str) -> None:
    """Open the payment page of a new deposit."""
    deposits.open_page(uuid.UUID(deposit_id), by=acting("payments.open_deposit"))


@sweep("payments.recheck_deposits", every=60)
def recheck_deposits() -> None:
    """Read unfinished deposits again."""
    deposits.recheck(by=acting("payments.recheck_deposits"))


@sweep("payments.mature_earnings", every=10)
def mature_earnings() -> None:
    """Make earnings payable whose hold is over, a hundred at a time until none is left."""
    while earnings.mature(by=acting("payments.mature_earnings")):
        pass


@job("payments.apply_event", queue="slow", remote=True)
def apply_event(event_id: str) -> None:
    """Do what a stored event of Stripe's asks for."""
    events.apply(event_id, by=Actor(ActorKind.STRIPE, event_id))


@sweep("payments.apply_events", every=600)
def apply_events() -> None:
    """Apply events whose job was given up."""
    events.sweep(by=acting("payments.apply_events"))


@sweep("payments.recheck_accounts", every=600)
def recheck_accounts() -> None:
    """Read annotators' accounts again that were not ready."""
    onboarding.recheck(by=acting("payments.recheck_accounts"))


@sweep("payments.plan_payouts", every=60)
def plan_payouts() -> None:
    """Begin the payouts that are due."""
    payouts.plan(by=acting("payments.plan_payouts"))


@job("payments.send_payout", queue="slow", remote=True)
def send_payout(payout_id: str) -> None:
    """Give a new payout its first try."""
    sending.send(uuid.UUID(payout_id), by=acting("payments.send_payout"))


@sweep("payments.send_payouts", every=15)
def send_payouts() -> None:
    """Give every payout that is due another try."""
    sending.sweep(by=acting("payments.send_payouts"))


@sweep("payments.sync_books", every=600)
def sync_books() -> None:
    """Copy Stripe's balance transactions into the ledger."""
    books.sync(by=acting("payments.sync_books"))


@sweep("payments.compare_cash", every=86_400)
def compare_cash() -> None:
    """Compare our books of the cash at Stripe with its balance."""
    by = acting("payments.compare_cash")
    books.sync(by=by)
    books.compare_cash(by=by)
