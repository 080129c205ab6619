"""What a rule may say: each field checked, every fault named with its pointer."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from accounts.selectors import domains
from marketplace.core.errors import Fault, invalid
from tasks.models import Project
from tasks.selectors.collectors import COLLECTORS
from tasks.states import (
    MILD_ACTIONS,
    WEAK_COLLECTORS,
    RuleAction,
    RuleCollector,
    RuleOperator,
    RuleScope,
    RuleWhom,
)

LONGEST_TITLE, LONGEST_WINDOW, MOST_ANSWERS, MOST_LEAST, LONGEST_EFFECT = 120, 365, 1000, 1000, 90
LARGEST_THRESHOLD = 100_000
USUAL: Mapping[str, Any] = {
    "window_days": 30,
    "window_answers": None,
    "least": 10,
    "parameters": {},
    "domain": "",
}
NAMES = ("title", "collector", "operator", "threshold", "action", *USUAL)
# Which parameters each action takes; all of them are required.
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    RuleAction.PAUSE: ("scope", "days"),
    RuleAction.REQUIRE_REVIEW: ("percent", "days"),
    RuleAction.RETRAIN: (),
    RuleAction.CHANGE_OVERLAP: (),
    RuleAction.NOTIFY: ("whom",),
}
_NONE = {"scope": "", "days": None, "percent": None, "whom": ""}


def read(fields: Mapping[str, Any], project: Project | None) -> dict[str, Any]:
    """The columns of a rule of a project, or (None) of the platform.

    Refuses (`invalid`, 422), with a pointer for each fault: a missing or unknown field, an unknown
    collector, operator, action or parameter, numbers out of bounds, a pause that reaches further
    than the rule's project, and anything but a review or a notice on weak evidence.
    """
    whole = {**USUAL, **fields}
    faults = [Fault(f"/{name}", "This is missing.") for name in NAMES if name not in whole]
    faults += [Fault(f"/{name}", "There is no such field.") for name in whole if name not in NAMES]
    if faults:
        raise invalid("The rule is not complete.", faults)
    parameters = whole["parameters"]
    if not isinstance(parameters, Mapping):
        raise invalid("The rule is not valid.", [Fault("/parameters", "Must be a JSON object.")])
    faults = [
        *_words(whole),
        *_numbers(whole),
        *_parameters(whole["action"], parameters),
        *_reach(whole, parameters, project),
    ]
    if faults:
        raise invalid("The rule is not valid.", faults)
    columns = {name: whole[name] for name in NAMES if name not in ("parameters", "domain")}
    title = {"title": whole["title"].strip(), "domain_id": whole["domain"] or None}
    return {**columns, **title, **_NONE, **parameters}


def _words(whole: Mapping[str, Any]) -> list[Fault]:
    faults = []
    title = whole["title"]
    if (
        not isinstance(title, str)
        or "\x00" in title
        or not 1 <= len(title.strip()) <= LONGEST_TITLE
    ):
        faults.append(Fault("/title", f"A text of 1 to {LONGEST_TITLE} characters."))
    for name, known in (
        ("collector", RuleCollector.values),
        ("operator", RuleOperator.values),
        ("action", RuleAction.values),
    ):
        if whole[name] not in known:
            faults.append(Fault(f"/{name}", f"Unknown. One of: {', '.join(known)}."))
    weak, mild = whole["collector"] in WEAK_COLLECTORS, whole["action"] in MILD_ACTIONS
    if weak and whole["action"] in RuleAction.values and not mild:
        text = "Time alone and signs of borrowing may only ask for a review or tell somebody."
        faults.append(Fault("/action", text))
    return faults


def _numbers(whole: Mapping[str, Any]) -> list[Fault]:
    faults = []
    collector = COLLECTORS.get(str(whole["collector"]))
    days = whole["window_days"]
    if collector and collector.fixed_days and days != collector.fixed_days:
        faults.append(Fault("/window_days", f"This collector looks at {collector.fixed_days} day."))
    elif not _whole(days, 1, LONGEST_WINDOW):
        faults.append(Fault("/window_days", f"A whole number from 1 to {LONGEST_WINDOW}."))
    answers = whole["window_answers"]
    if answers is not None and not _whole(answers, 1, MOST_ANSWERS):
        faults.append(
            Fault("/window_answers", f"A whole number from 1 to {MOST_ANSWERS}, or null.")
        )
    least = whole["least"]
    if not _whole(least, 1, MOST_LEAST):
        faults.append(Fault("/least", f"A whole number from 1 to {MOST_LEAST}."))
    elif _whole(answers, 1, MOST_ANSWERS) and least > answers:
        faults.append(Fault("/least", "More than the window holds: the rule would never hit."))
    largest = 1 if collector and collector.share else LARGEST_THRESHOLD
    threshold = whole["threshold"]
    if not _number(threshold) or not 0 <= threshold <= largest:
        faults.append(Fault("/threshold", f"A number from 0 to {largest}."))
    return faults


def _parameters(action: object, parameters: Mapping[str, Any]) -> list[Fault]:
    takes = PARAMETERS.get(str(action))
    if takes is None:  # an unknown action is a fault of its own
        return []
    faults = [
        Fault(f"/parameters/{name}", f"Takes: {', '.join(takes) or 'nothing'}.")
        for name in parameters
        if name not in takes
    ]
    checks: Mapping[str, tuple[Callable[[Any], bool], str]] = {
        "scope": (
            lambda value: value in RuleScope.values,
            f"One of: {', '.join(RuleScope.values)}.",
        ),
        "days": (
            lambda value: _whole(value, 1, LONGEST_EFFECT),
            f"A whole number from 1 to {LONGEST_EFFECT}.",
        ),
        "percent": (lambda value: _whole(value, 1, 100), "A whole number from 1 to 100."),
        "whom": (lambda value: value in RuleWhom.values, f"One of: {', '.join(RuleWhom.values)}."),
    }
    for name in takes:
        good, sentence = checks[name]
        if not good(parameters.get(name)):
            faults.append(Fault(f"/parameters/{name}", sentence))
    return faults


def _reach(
    whole: Mapping[str, Any], parameters: Mapping[str, Any], project: Project | None
) -> list[Fault]:
    faults = []
    domain, scope = whole["domain"], parameters.get("scope")
    if not isinstance(domain, str) or (domain and domains.unknown([domain])):
        faults.append(Fault("/domain", "There is no such domain."))
    elif domain and project is not None:
        faults.append(Fault("/domain", "A project's rule looks at the project."))
    if whole["action"] != RuleAction.PAUSE or scope not in RuleScope.values:
        return faults
    if project is not None and scope != RuleScope.PROJECT:
        text = "A project's rule pauses in the project only."
        faults.append(Fault("/parameters/scope", text))
    if project is None and scope == RuleScope.PROJECT:
        faults.append(Fault("/parameters/scope", "A rule of the platform has no project."))
    if project is None and scope == RuleScope.DOMAIN and not domain:
        faults.append(Fault("/domain", "Say in which domain it looks and pauses."))
    return faults


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
