"""What a project may say of its quality plan: how many answers, how sure, who is reviewed, gold.

None of these fields is required. Like the price they are fixed once a project is active: annotators
have claimed under them.
"""

from collections.abc import Iterator
from typing import Any

from marketplace.core.errors import Fault, invalid
from tasks.actions.counting import COUNTED
from tasks.actions.field_checks import Check, Fields, optional, real, whole
from tasks.interface.hygiene import json_problems
from tasks.interface.problems import NOT_BLANK, pointer, schema_problems
from tasks.interface.spec import Interface
from tasks.interface.voting import votable
from tasks.states import ReviewPlan

MOST_ANSWERS = 25  # of one task
LONGEST_REVIEW = 14 * 24  # hours that an answer waits for its verdict at most
LEAST_AUDIT = 5  # percent: less, and nobody would notice that somebody has changed
AUDITED = ("review_percent", "second_percent", "rejection_audit_percent")
# Half is what a coin gives. Nothing is certain, so no target is 1.
LEAST_CONFIDENCE, CERTAIN = 0.5, 1
# What can name the part of a task: a conversation cannot.
TEXTS = ("text", "markdown", "code")
LONGEST_NAME = 60
RUBRIC = {
    "type": "array",
    "maxItems": 20,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "title", "max"],
        "properties": {
            "name": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]{0,59}$"},
            "title": {"type": "string", "maxLength": 120, "pattern": NOT_BLANK},
            "description": {"type": "string", "maxLength": 1000, "pattern": NOT_BLANK},
            "max": {"type": "integer", "minimum": 1, "maximum": 10},
        },
    },
}
# Checked against each other: a change of one is looked at together with the others as they stand.
TOGETHER = ("interface", "overlap", "max_overlap", "target_confidence", "subcategory_field")


def default_review_plan(fields: Fields) -> ReviewPlan:
    """Who names a share to review wants that share; who names none wants records to decide."""
    return ReviewPlan.SHARE if "review_percent" in fields else ReviewPlan.RECORD


def check_audit(fields: Fields) -> None:
    """Refuse (422) a plan that looks at less than one answer in twenty, whoever makes it: nobody
    would notice that somebody has changed, or that a reviewer errs.
    """
    low = [name for name in AUDITED if type(fields.get(name)) is int and fields[name] < LEAST_AUDIT]
    if low:
        text = f"At least {LEAST_AUDIT}: a random part is always looked at."
        faults = [Fault(f"/{name}", text) for name in low]
        raise invalid("The project cannot be kept like this.", faults)


def check_together(fields: Fields) -> Iterator[Fault]:
    """What no field shows by itself: a most below the least, and a wish for certainty where no
    question can be voted on. Each field by itself is fine.
    """
    most = fields.get("max_overlap")
    if most is not None and most < fields.get("overlap", 1):
        yield Fault("/max_overlap", f"Is below the {fields['overlap']} answers of overlap.")
    wanted = [name for name in ("max_overlap", "target_confidence") if fields.get(name) is not None]
    if wanted and "interface" in fields:
        interface = Interface.load(fields["interface"])
        # Rankings and marks can be a tie, which another answer breaks; they have no confidence.
        counted = any(question.type in COUNTED for question in interface.questions)
        if not counted and "max_overlap" in wanted:
            yield Fault("/max_overlap", "No question of this interface can be counted.")
        if not votable(interface) and "target_confidence" in wanted:
            yield Fault("/target_confidence", "No question of this interface can be voted on.")
    named = fields.get("subcategory_field")
    if named and "interface" in fields:
        texts = [
            one.name for one in Interface.load(fields["interface"]).fields if one.type in TEXTS
        ]
        if named not in texts:
            yield Fault("/subcategory_field", "Is not the name of a text field of the interface.")


def _target(value: Any) -> Iterator[Fault]:
    faults = list(real("target_confidence", 0, 1)(value))
    if faults or not LEAST_CONFIDENCE <= value < CERTAIN:
        yield Fault("/target_confidence", "Must be a number from 0.5 to below 1.")


def _subcategory_field(value: Any) -> Iterator[Fault]:
    if not isinstance(value, str) or len(value) > LONGEST_NAME or "\x00" in value:
        yield Fault("/subcategory_field", "Must be the name of a field, or empty.")


def _review_plan(value: Any) -> Iterator[Fault]:
    if value not in ReviewPlan.values:
        yield Fault("/review_plan", f"Must be one of: {', '.join(ReviewPlan.values)}.")


def _rubric(value: Any) -> Iterator[Fault]:
    problems = json_problems(value) or schema_problems(RUBRIC, value)
    for problem in problems:
        yield Fault(f"/review_rubric{problem.pointer}", problem.message)
    if problems:
        return
    names = [one["name"] for one in value]
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Fault(pointer("review_rubric", place, "name"), "Is named twice.")


CHECKS: dict[str, Check] = {
    "max_overlap": optional(whole("max_overlap", 1, MOST_ANSWERS)),
    "target_confidence": optional(_target),
    "review_plan": _review_plan,
    "audit_percent": whole("audit_percent", LEAST_AUDIT, 100),
    "second_percent": whole("second_percent", 0, 100),
    "rejection_audit_percent": whole("rejection_audit_percent", 0, 100),
    "review_rubric": _rubric,
    "adjudication_price_minor": optional(whole("adjudication_price_minor", 0, 10_000_000)),
    "gold_first": whole("gold_first", 0, 50),
    "gold_percent": whole("gold_percent", 0, 50),
    "gold_rare_percent": whole("gold_rare_percent", 0, 50),
    "training_most": whole("training_most", 0, 50),
    "subcategory_field": _subcategory_field,
    "review_hours": whole("review_hours", 1, LONGEST_REVIEW),
}
