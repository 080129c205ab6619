"""What an answer of Stripe's means, written once for payouts, refunds and reversals of transfers.

Each is done exactly once although calls are cut, keys expire, and workers die. The rules, each
learnt from a double or a lost payment somewhere:
1. The try is committed before the call. A row found `sending` had a worker that died: ambiguous.
2. The key names row and attempt. It is kept as long as an earlier call under it may have worked.
3. Stripe forgets keys after 24 hours: an ambiguous row older than 20 is looked for before anything.
   The same after a 500, which the key would only repeat.
4. Only two empty looks, 15 minutes apart, allow a new key. Only an executed refusal ends a row and
   releases its money; where an earlier try is ambiguous, after a look that found nothing.
5. 401, 403, 409 and 429 say nothing about an earlier try: same key, later.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from marketplace.core import clock
from marketplace.core.actors import Actor
from marketplace.core.states import Moves
from payments.actions import trying
from payments.actions.trying import Row
from payments.stripe.gateway import (
    StripeFault,
    StripeKeyMisused,
    StripeNotNow,
    StripeRejected,
    StripeUnanswered,
)

KEY_AGE = dt.timedelta(hours=20)  # of the 24 for which Stripe keeps a key
NO_MONEY, NO_MONEY_WAIT = "balance_insufficient", dt.timedelta(hours=1)


class Numbered(Protocol):
    """Anything at Stripe has a number there."""

    @property
    def id(self) -> str:
        """In Stripe's letters."""


Seen = TypeVar("Seen", bound=Numbered)


class Errand(ABC, Generic[Row, Seen]):
    """One kind of call: how it is made and looked for, and what becomes of its row.

    The first three are remote, and raise a `StripeFault`. The rest writes, while the row is still
    this worker's. `called` names in a sentence what Stripe has of a row.
    """

    moves: Moves
    called: str
    waits_for_money = True  # when our balance at Stripe is short: tried again in an hour

    def obstacle(self, row: Row, *, by: Actor) -> str:  # noqa: ARG002 - most have none
        """Why the call cannot work at this moment, in a sentence; empty where nothing is known."""
        return ""

    @abstractmethod
    def make(self, row: Row) -> Seen:
        """The call itself, under the key of the row's attempt."""

    @abstractmethod
    def find(self, row: Row) -> list[Seen]:
        """What Stripe has of this row: nothing, one, or something is very wrong."""

    @abstractmethod
    def matches(self, row: Row, seen: Seen) -> bool:
        """Whether it is what the row asked for."""

    @abstractmethod
    def done(self, row: Row, seen: Seen, *, by: Actor) -> None:
        """It exists: a fact, whoever saw it."""

    def final(self, code: str) -> bool:  # noqa: ARG002 - of most, every refusal
        """Whether a refusal with this code ends the row; else a person looks."""
        return True

    @abstractmethod
    def failed(self, row: Row, reason: str, *, by: Actor) -> None:
        """Surely not done, and it never will be."""

    @abstractmethod
    def frozen(self, row: Row, reason: str, *, by: Actor) -> None:
        """Only a person can judge."""


def run(errand: Errand[Row, Seen], row: Row, *, by: Actor) -> None:
    """One try of a row that was taken for it; remote."""
    try:
        _try(errand, row, by=by)
    except StripeNotNow as fault:
        _later(errand, row, fault, ambiguous=row.ambiguous or fault.in_flight)
    except StripeUnanswered as fault:  # of a question, not of the call: nothing was learnt
        _later(errand, row, fault, ambiguous=row.ambiguous)


def _try(errand: Errand[Row, Seen], row: Row, *, by: Actor) -> None:
    """Look first if the last call may have worked and its key, or another call, is no use."""
    must_look = _must_look(row)
    obstacle = "" if must_look else errand.obstacle(row, by=by)
    if must_look or (row.ambiguous and obstacle):
        if not _is_free(errand, row, by=by):
            return
        obstacle = errand.obstacle(row, by=by)
    if obstacle:
        errand.failed(row, obstacle, by=by)
    else:
        _call(errand, row, by=by)


def _must_look(row: Row) -> bool:
    old = row.first_sent_at is not None and clock.now() - row.first_sent_at > KEY_AGE
    return row.ambiguous and (old or row.last_look_at is not None)


def _is_free(errand: Errand[Row, Seen], row: Row, *, by: Actor) -> bool:
    """Ask Stripe what it has of this row, and settle it by that.

    Whether the row is free to be sent under a new key: once enough looks were empty.
    """
    found = errand.find(row)
    if not found:
        return trying.looked_in_vain(row, moves=errand.moves)
    _settle(errand, row, found, by=by)
    return False


def _settle(errand: Errand[Row, Seen], row: Row, found: Sequence[Seen], *, by: Actor) -> None:
    """Book what is the row's; freeze on any difference."""
    names = ", ".join(one.id for one in found)
    if len(found) > 1:
        errand.frozen(row, f"Stripe has several {errand.called}s of this: {names}.", by=by)
    elif errand.matches(row, found[0]):
        errand.done(row, found[0], by=by)
    else:
        errand.frozen(row, f"Stripe's {errand.called} {names} differs from our row.", by=by)


def _call(errand: Errand[Row, Seen], row: Row, *, by: Actor) -> None:
    """The call itself, and what its end means."""
    try:
        made = errand.make(row)
    except StripeUnanswered as fault:
        _lost(errand, row, fault, by=by)
    except (StripeRejected, StripeKeyMisused) as refusal:
        _refused(errand, row, refusal, by=by)
    else:
        _settle(errand, row, [made], by=by)


def _lost(errand: Errand[Row, Seen], row: Row, fault: StripeUnanswered, *, by: Actor) -> None:
    """No answer: it may have worked. A 500 is kept under the key, so look at once."""
    row.ambiguous = True
    if not fault.replayed:
        _later(errand, row, fault, ambiguous=True)
        return
    if _is_free(errand, row, by=by):  # two empty looks already: the new key is for the next turn
        _later(errand, row, fault, ambiguous=False)


def _refused(errand: Errand[Row, Seen], row: Row, refusal: StripeFault, *, by: Actor) -> None:
    """Executed and refused, unless an earlier try under this key has worked after all."""
    found = errand.find(row) if row.ambiguous else []
    if found:
        _settle(errand, row, found, by=by)
    elif refusal.code == NO_MONEY and errand.waits_for_money:
        trying.later_anew(row, str(refusal), moves=errand.moves, wait=NO_MONEY_WAIT)
    elif isinstance(refusal, StripeRejected) and errand.final(refusal.code):
        errand.failed(row, str(refusal), by=by)
    else:
        errand.frozen(row, str(refusal), by=by)


def _later(errand: Errand[Row, Seen], row: Row, fault: StripeFault, *, ambiguous: bool) -> None:
    trying.later(row, str(fault), moves=errand.moves, ambiguous=ambiguous)
