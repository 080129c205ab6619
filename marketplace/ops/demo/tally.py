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

    Counted are: submissions, corrections, drafts, late, accept, fix, return, reject, adjudicated,
    appeals, contested, unpaid.
    """

    counts: Counter[str] = field(default_factory=Counter)
    _hands: dict[str, Hand] = field(default_factory=dict)
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

    def answers(self, external_id: str) -> list[Row]:
        """What was handed in for a task, each claim's last version, in the order of the claims."""
        with self._lock:
            hands = self._hands.values()
            return [hand.answer for hand in hands if hand.item.external_id == external_id]

    def reviews(self) -> int:
        """The verdicts that are paid: all but those of staff without a profile."""
        verdicts = sum(self.counts[name] for name in ("accept", "fix", "return", "reject"))
        return verdicts - self.counts["unpaid"]
