"""How far an answer agrees with what a task turned out to be."""

from collections.abc import Mapping
from typing import Any

from tasks.interface.ballots import ballots
from tasks.interface.spec import Interface

Answer = Mapping[str, Any]


def agreement(interface: Interface, answer: Answer, truth: Answer) -> float | None:
    """The share of the choices that both have of which both say the same; None where they have
    none in common. Free texts are not compared.
    """
    both = {q.name for q in interface.shown(answer)} & {q.name for q in interface.shown(truth)}
    hits = [
        choice.label(answer) == choice.label(truth)
        for name, choices in ballots(interface).items()
        if name in both
        for choice in choices
    ]
    return sum(hits) / len(hits) if hits else None
