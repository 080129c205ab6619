"""The background jobs and sweeps of `payments`. Those that speak to Stripe are `remote`."""

import uuid

from marketplace.core.actors import Actor, ActorKind
from marketplace.core.actors import job as acting
from marketplace.core.registry import job, sweep
from payments.actions import (
    bank_payouts,
    billing,
    books,
    charging,
    clawbacks,
    comings_back,
    countries,
    deposits,
    earnings,
    events,
    exam_pay,
    hold_contests,
    invoicing,
    making_good,
    months,
    onboarding,
    refund_sending,
    reminders,
    reversals,
    runs,
    self_billed_notes,
    self_billing,
    sending,
    topups,
)
from payments.actions.comparisons.register import compare
from payments.states import ComparisonName


@job("payments.pay_exam")
def pay_exam(exam_id: str) -> None:
    """Pay an exam that was recorded."""
    exam_pay.pay(exam_id=uuid.UUID(exam_id), by=acting("payments.pay_exam"))


@job("payments.open_deposit", queue="slow", remote=True)
def open_deposit(deposit_id: str) -> None:
    """Open the payment page of a new deposit."""
    deposits.open_page(uuid.UUID(deposit_id), by=acting("payments.open_deposit"))


@job("payments.charge_deposit", queue="slow", remote=True)
def charge_deposit(deposit_id: str) -> None:
    """Make the payment of a deposit that we begin ourselves."""
    charging.charge(uuid.UUID(deposit_id), by=acting("payments.charge_deposit"))


@sweep("payments.plan_top_ups", every=60)
def plan_top_ups() -> None:
    """Begin automatic top-ups where prepaid money is low."""
    topups.plan(by=acting("payments.plan_top_ups"))


@sweep("payments.collect_cash", every=3600)
def collect_cash() -> None:
    """Look for money that clients sent without an open invoice, and for numbers of invoices."""
    invoicing.collect_all(by=acting("payments.collect_cash"))
    invoicing.read_numbers(by=acting("payments.collect_cash"))


@sweep("payments.recheck_deposits", every=60)
def recheck_deposits() -> None:
    """Read unfinished deposits again."""
    deposits.recheck(by=acting("payments.recheck_deposits"))


@job("payments.push_billing", queue="slow", remote=True)
def push_billing(organization_id: str) -> None:
    """Bring changed billing data to Stripe."""
    billing.push(uuid.UUID(organization_id), by=acting("payments.push_billing"))


@sweep("payments.push_all_billing", every=600)
def push_all_billing() -> None:
    """Bring billing data to Stripe that is not there yet."""
    billing.sweep(by=acting("payments.push_all_billing"))


@job("payments.send_refund", queue="slow", remote=True)
def send_refund(part_id: str) -> None:
    """Give a new part of a refund its first try."""
    refund_sending.send(uuid.UUID(part_id), by=acting("payments.send_refund"))


@sweep("payments.send_refunds", every=30)
def send_refunds() -> None:
    """Give every part of a refund that is due another try."""
    refund_sending.sweep(by=acting("payments.send_refunds"))


@sweep("payments.mature_earnings", every=10)
def mature_earnings() -> None:
    """Make earnings payable whose hold is over, a hundred at a time until none is left."""
    while earnings.mature(by=acting("payments.mature_earnings")):
        pass


@sweep("payments.lapse_hold_contests", every=60)
def lapse_hold_contests() -> None:
    """Lift longer holds whose contest nobody decided in time."""
    hold_contests.lapse(by=acting("payments.lapse_hold_contests"))


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


@sweep("payments.remind_of_requirements", every=3600)
def remind_of_requirements() -> None:
    """Tell annotators what Stripe still wants of them."""
    while reminders.remind():
        pass


@sweep("payments.tell_payable_countries", every=3600)
def tell_payable_countries() -> None:
    """Tell annotators whose country can be paid now, and remember those whose cannot."""
    by = acting("payments.tell_payable_countries")
    while countries.tell_payable(by=by):
        pass
    while countries.note_waiting(by=by):
        pass


@sweep("payments.read_bank_payouts", every=600)
def read_bank_payouts() -> None:
    """Read what Stripe paid to annotators' banks, should an event be lost."""
    bank_payouts.catch_up(by=acting("payments.read_bank_payouts"))


@sweep("payments.plan_payouts", every=60)
def plan_payouts() -> None:
    """Draft the payout runs that are due, and begin the payouts of approved ones."""
    runs.plan(by=acting("payments.plan_payouts"))


@sweep("payments.make_good", every=300)
def make_good() -> None:
    """Make the platform's loss of lost disputes good from what came free."""
    making_good.make_good(by=acting("payments.make_good"))


@job("payments.follow_transfer", queue="slow", remote=True)
def follow_transfer(payout_id: str) -> None:
    """Book what came back of a transfer that was made by hand, before it was in our books."""
    comings_back.follow(uuid.UUID(payout_id), by=acting("payments.follow_transfer"))


@job("payments.send_payout", queue="slow", remote=True)
def send_payout(payout_id: str) -> None:
    """Give a new payout its first try."""
    sending.send(uuid.UUID(payout_id), by=acting("payments.send_payout"))


@sweep("payments.send_payouts", every=15)
def send_payouts() -> None:
    """Give every payout that is due another try."""
    sending.sweep(by=acting("payments.send_payouts"))


@sweep("payments.book_clawbacks", every=60)
def book_clawbacks() -> None:
    """Book the clawbacks that waited for the end of a payout."""
    clawbacks.book_waiting(by=acting("payments.book_clawbacks"))


@job("payments.send_reversal", queue="slow", remote=True)
def send_reversal(reversal_id: str) -> None:
    """Give a new reversal of a transfer its first try."""
    reversals.send(uuid.UUID(reversal_id), by=acting("payments.send_reversal"))


@sweep("payments.send_reversals", every=60)
def send_reversals() -> None:
    """Give every reversal that is due another try."""
    reversals.sweep(by=acting("payments.send_reversals"))


@sweep("payments.sync_books", every=600)
def sync_books() -> None:
    """Copy Stripe's balance transactions into the ledger."""
    books.sync(by=acting("payments.sync_books"))


@sweep("payments.issue_self_billed", every=3600)
def issue_self_billed() -> None:
    """Make the invoices of payouts whose annotators agreed to self-billing, then credit notes."""
    by = acting("payments.issue_self_billed")
    self_billing.issue(by=by)
    self_billed_notes.issue(by=by)


@sweep("payments.sum_up_months", every=3600)
def sum_up_months() -> None:
    """Sum up the months that are over, for the statements."""
    months.sum_up(by=acting("payments.sum_up_months"))


@sweep("payments.compare_payouts", every=600)
def compare_payouts() -> None:
    """R1: payouts that wait too long."""
    compare(ComparisonName.PAYOUTS, by=acting("payments.compare_payouts"))


@sweep("payments.compare_events", every=3600)
def compare_events() -> None:
    """R2: take in what Stripe told and we did not hear."""
    compare(ComparisonName.EVENTS, by=acting("payments.compare_events"))


@sweep("payments.compare_cash", every=3600)
def compare_cash() -> None:
    """R3: our cash at Stripe and its balance."""
    compare(ComparisonName.CASH, by=acting("payments.compare_cash"))


@sweep("payments.compare_clearing", every=86_400)
def compare_clearing() -> None:
    """R4: old rests of clearing accounts."""
    compare(ComparisonName.CLEARING, by=acting("payments.compare_clearing"))


@sweep("payments.compare_transfers", every=86_400)
def compare_transfers() -> None:
    """R5: transfers and payouts, one to one."""
    compare(ComparisonName.TRANSFERS, by=acting("payments.compare_transfers"))


@sweep("payments.compare_bank", every=86_400)
def compare_bank() -> None:
    """R7: bank payouts that do not arrive."""
    compare(ComparisonName.BANK, by=acting("payments.compare_bank"))


@sweep("payments.compare_accounts", every=3600)
def compare_accounts() -> None:
    """R8: annotators' accounts as Stripe has them."""
    compare(ComparisonName.ACCOUNTS, by=acting("payments.compare_accounts"))
