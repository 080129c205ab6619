"""The chart of accounts, as data: every kind of pot, whose it is, and how far it may go. Credit is
positive.

A hot platform pot is not `tracked`: it is insert-only and its balance is summed, so that accepts
do not queue for one row. PostgreSQL holds the same table as a check on the accounts
(models/ledger.py).
"""

from dataclasses import dataclass

PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Kind:
    """`owner` is the prefix of the owner's key (`org:<id>`).

    `least` and `most` bound the balance.
    """

    name: str
    owner: str
    meaning: str
    least: int | None = None
    most: int | None = None
    tracked: bool = False


def _purse(name: str, owner: str, meaning: str) -> Kind:
    return Kind(name, owner, meaning, least=0, tracked=True)


def _platform(name: str, meaning: str) -> Kind:
    return Kind(name, PLATFORM, meaning)


CHART = {
    kind.name: kind
    for kind in (
        _purse("client_prepaid", "org", "paid in, not given to a project"),
        _purse("project_funds", "project", "given to a project, free"),
        _purse("project_reserved", "project", "promised to claimed work: price and fee"),
        _purse("annotator_pending", "annotator", "accepted, in the hold period"),
        _purse("annotator_payable", "annotator", "may be paid"),
        _purse("annotator_in_transit", "annotator", "in an open payout"),
        _purse("annotator_returned", "annotator", "came back from Stripe, not decided on"),
        Kind("annotator_debt", "annotator", "taken back after payment", most=0, tracked=True),
        _platform("platform_fee", "the platform's income"),
        _platform("platform_cost", "what the platform pays itself: exams, goodwill"),
        _platform("platform_loss", "what the platform bears itself: disputes, unpaid debts"),
        _platform("stripe_fees", "what Stripe charges us"),
        _platform("stripe_cash", "mirrors our balance at Stripe"),
        _platform("platform_bank", "paid out to our own bank, or topped up from it"),
        # Each of these returns to zero once Stripe's own books are synced: an old rest is an alarm.
        _platform("clearing_charge", "charges booked, not yet seen in Stripe's books"),
        _platform("clearing_refund", "refunds likewise"),
        _platform("clearing_transfer", "transfers likewise"),
        _platform("clearing_reversal", "reversals likewise"),
        _platform("clearing_dispute", "disputes likewise"),
    )
}


def pot(prefix: str, row_id: object) -> str:
    """An owner's key: `pot("project", project.id)` is `project:<id>`."""
    return f"{prefix}:{row_id}"
