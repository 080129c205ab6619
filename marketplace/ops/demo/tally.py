"""What the people of the demo saw at the doors, counted from many threads."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from marketplace.ops.demo.sources.base import DemoItem, Row


@dataclass(frozen=True, slots=True)
class Hand:
    """What an expert last handed in under a claim, and for which item."""

    item: DemoItem
    answer: Row


@dataclass
class Tally:
    """Counts by name, and the answers by claim.

    Counted are: submissions, drafts, late, accept, return, reject, adjudicated.
    """

    counts: Counter[str] = field(default_factory=Counter)
    _hands: dict[str, Hand] = field(default_factory=dict)
    _accepted: dict[str, list[Row]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, name: str) -> None:
        """One more."""
        with self._lock:
            self.counts[name] += 1

    def hand_in(self, assignment: str, hand: Hand) -> None:
        """Remember an answer before it is sent: its reviewer may be fast."""
        with self._lock:
            self._hands[assignment] = hand

    def hand(self, assignment: str) -> Hand:
        """The answer last handed in under a claim."""
        with self._lock:
            return self._hands[assignment]

    def verdict(self, assignment: str, verdict: str) -> None:
        """Count a verdict, and keep an accepted answer for an adjudicator."""
        with self._lock:
            self.counts[verdict] += 1
            if verdict == "accept":
                hand = self._hands[assignment]
                self._accepted.setdefault(hand.item.external_id, []).append(hand.answer)

    def accepted(self, external_id: str) -> list[Row]:
        """The accepted answers of a task, in the order of their verdicts."""
        with self._lock:
            return list(self._accepted.get(external_id, ()))

    def reviews(self) -> int:
        """All verdicts: each is paid."""
        return sum(self.counts[name] for name in ("accept", "return", "reject"))
