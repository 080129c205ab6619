"""Why a project stands where it stands in an annotator's list: the score's parts in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.models import Candidate, Project

# Smaller contributions move nothing that anybody sees.
LEAST = 0.005
_WORDS = {
    "quality": gettext_lazy("What your credentials and your answers so far speak for"),
    "fit": gettext_lazy("How near it is to your field"),
    "cost": gettext_lazy("What it costs, against what a right answer is worth"),
    "fairness": gettext_lazy("You have had none of it yet"),
    "exploration": gettext_lazy("You are new in this field: a chance to show your work"),
    "deadline": gettext_lazy("Its deadline comes nearer"),
    "ageing": gettext_lazy("It has waited for somebody to take a task"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of the order: what it is, and how many points it adds or takes away."""

    text: str
    points: float


def of(project: Project, parts: Mapping[str, float]) -> list[Reason]:
    """The parts of one project's place, the weightiest first.

    `parts`: quality, fit, cost, fairness, exploration (0 to 1), newcomer (0 or 1), deadline (0 to
    2), ageing (points).
    """
    points = {
        "quality": project.weight_quality * parts["quality"],
        "fit": project.weight_fit * parts["fit"],
        "cost": -project.weight_price * parts["cost"],
        "fairness": project.weight_fairness * parts["fairness"],
        "exploration": project.weight_exploration * parts["exploration"],
        "deadline": project.weight_urgency * parts["deadline"],
        "ageing": parts["ageing"],
    }
    found = [
        Reason(_words(name, parts), round(n, 2)) for name, n in points.items() if abs(n) > LEAST
    ]
    found.sort(key=lambda one: -abs(one.points))
    if project.rank > 0:
        found.insert(0, Reason(_("The platform puts this project before others"), 0))
    return found


def _words(name: str, parts: Mapping[str, float]) -> str:
    if name == "quality" and not parts["newcomer"]:
        text = _("At least %(n)d of 100 of your answers are expected to be right")
        return text % {"n": int(parts["quality"] * 100)}
    if name == "fairness" and parts["fairness"] < 1:
        return _("You have had less of it than others")
    return str(_WORDS[name])


def weighed(project: Project, candidate: Candidate) -> list[tuple[str, float, float]]:
    """For staff: name, value and weight of each part of a kept score; the price counts against."""
    return [
        ("quality", candidate.quality, project.weight_quality),
        ("fit", candidate.fit, project.weight_fit),
        ("cost", candidate.cost, -project.weight_price),
        ("fairness", candidate.fairness, project.weight_fairness),
        ("exploration", candidate.exploration, project.weight_exploration),
    ]
