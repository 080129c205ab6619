"""Every comparison that needs no more than the money's own tables, by name."""

from collections.abc import Mapping

from marketplace.core.actors import Actor
from payments.actions.comparisons import accounts, bank, cash, clearing, events, stuck, transfers
from payments.actions.comparisons.running import Ran, Work, run
from payments.states import ComparisonName

COMPARISONS: Mapping[ComparisonName, Work] = {
    ComparisonName.PAYOUTS: stuck.compare,
    ComparisonName.EVENTS: events.compare,
    ComparisonName.CASH: cash.compare,
    ComparisonName.CLEARING: clearing.compare,
    ComparisonName.TRANSFERS: transfers.compare,
    ComparisonName.BANK: bank.compare,
    ComparisonName.ACCOUNTS: accounts.compare,
}


def compare(name: ComparisonName, *, by: Actor) -> Ran:
    """Do one of them now and keep what came of it; remote."""
    return run(name, COMPARISONS[name], by=by)
