"""How many delivered results state the truth."""

from collections.abc import Iterable, Mapping
from typing import Any

from marketplace.ops.demo.sources.base import DemoItem, Row
from tasks.interface.spec import Interface
from tasks.interface.voting import canonical


def accuracy_of_results(
    interface: Interface, items: Iterable[DemoItem], results: Mapping[str, Row]
) -> float | None:
    """Share of the answers known to be true that the delivered results state, to 4 digits.

    `results` maps external ids to the delivered answers (question name -> value). Counted are all
    pairs of task and question whose truth is known; a missing result or answer counts as wrong.
    None where no truth is known.
    """
    known = right = 0
    for item in items:
        given = results.get(item.external_id, {})
        for name, true in (item.truth or {}).items():
            known += 1
            right += same(interface, name, given.get(name), true)
    return round(right / known, 4) if known else None


def same(interface: Interface, name: str, given: Any, true: Any) -> bool:
    """Whether two answers to the question `name` say the same; options of a `multi` are a set."""
    if interface.question(name).type == "multi" and isinstance(given, list):
        return sorted(given) == sorted(true)
    return canonical(given) == canonical(true)
