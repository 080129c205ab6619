"""What a demo works on: a project's texts, its interface, its terms, and tasks of known truth."""

from dataclasses import dataclass, field
from typing import Any

from marketplace.ops.demo.dice import dice

Row = dict[str, Any]
"""One JSON object: a row of a data file, a payload, an answer or an interface."""


class SourceError(ValueError):
    """A data file or interface file cannot be used; the text is one sentence for people."""


@dataclass(frozen=True)
class Terms:
    """What the client offers, in the words of the API; prices in minor units of `currency`."""

    price_minor: int = 250
    review_price_minor: int = 80
    currency: str = "usd"
    overlap: int = 3
    review_plan: str = "record"
    audit_percent: int = 10
    second_percent: int = 10
    review_percent: int = 100
    lease_minutes: int = 45
    expected_minutes: int = 8


@dataclass(frozen=True)
class DemoItem:
    """One task to post, with what only the simulation knows about it.

    `truth` maps question names to the right answer (None: nobody knows). `recorded` holds the
    answers that real annotators once gave, each a partial answer by question name.
    """

    external_id: str
    payload: Row
    truth: Row | None = None
    recorded: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class DemoSource:
    """A project ready to be posted: texts, expertise domain, interface, terms and items."""

    title: str
    brief: str
    guideline: str
    domain: str
    interface: Row
    items: list[DemoItem]
    terms: Terms = Terms()

    def sample(self, size: int, seed: int) -> list[DemoItem]:
        """Draw `size` items without replacement, in file order; all of them where fewer exist."""
        if size >= len(self.items):
            return list(self.items)
        drawn = dice(seed, "sample").sample(range(len(self.items)), size)
        return [self.items[index] for index in sorted(drawn)]
