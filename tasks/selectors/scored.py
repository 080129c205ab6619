"""A review's scores beside the criteria of its project's rubric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Scored:
    """One criterion with its score, of at most `most`."""

    title: str
    score: int
    most: int


def scored(rubric: Sequence[Mapping[str, Any]], scores: Mapping[str, int]) -> list[Scored]:
    """The scored criteria, in the rubric's order."""
    return [
        Scored(one["title"], scores[one["name"]], one["max"])
        for one in rubric
        if one["name"] in scores
    ]
