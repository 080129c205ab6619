"""The weights of a project's score, by name."""

from collections.abc import Mapping

from tasks.matching.score import PRESETS, WEIGHTS
from tasks.models import Project


def of(project: Project) -> dict[str, float]:
    """The six weights as they are."""
    return {name: getattr(project, f"weight_{name}") for name in WEIGHTS}


def preset_of(weights: Mapping[str, float]) -> str | None:
    """The name of the preset with these weights, or None."""
    return next((name for name, preset in PRESETS.items() if preset == weights), None)
