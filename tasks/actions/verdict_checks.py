"""What a verdict must say before it is kept: its reason, the rubric's scores, a real edit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from marketplace.core.errors import Fault, invalid
from tasks.actions.submissions import digest
from tasks.interface.hygiene import json_problems
from tasks.interface.problems import pointer
from tasks.interface.spec import Interface
from tasks.models import ReviewAssignment
from tasks.models.review import LEAST_REJECTION
from tasks.selectors.review_queue import judged_answer
from tasks.states import VERDICTS_OF_APPEAL, RejectionCategory, ReviewKind, Verdict

LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict as its reviewer gives it. `scores` by the names of the rubric's criteria; `answer`
    is the edit of a fix."""

    verdict: str
    category: str = ""
    text: str = ""
    scores: Mapping[str, Any] | None = None
    answer: Mapping[str, Any] | None = None


def checked(said: Said, row: ReviewAssignment) -> Said:
    """The verdict as it will be kept: trimmed, and nothing in it that does not belong to it.

    Refuses (422, with pointers) what lacks its reason, a criterion's score, or a real edit.
    """
    rubric = row.task.project.review_rubric
    said = replace(
        said,
        category="" if said.verdict == Verdict.ACCEPT else said.category,
        text=said.text.strip(),
        scores=dict(said.scores or {}) or None,
        answer=said.answer if said.verdict == Verdict.FIX else None,
    )
    faults = [*_reason(said, row), *_scores(said.scores or {}, rubric)]
    if said.verdict == Verdict.FIX:
        faults += _edit(said.answer, row)
    if faults:
        raise invalid("The verdict cannot be kept like this.", faults)
    return said


def verdicts_for(row: ReviewAssignment) -> tuple[Verdict, ...]:
    """What may be said of an answer; of one that is appealed nothing is corrected any more."""
    return VERDICTS_OF_APPEAL if row.request.kind == ReviewKind.APPEAL else tuple(Verdict)


def _reason(said: Said, row: ReviewAssignment) -> Iterator[Fault]:
    allowed = verdicts_for(row)
    if said.verdict not in allowed:
        yield Fault("/verdict", f"Must be one of: {', '.join(allowed)}.")
    if "\x00" in said.text or len(said.text) > LONGEST_TEXT:
        yield Fault("/text", f"Must have at most {LONGEST_TEXT} characters, and no NUL.")
    if said.verdict in (Verdict.FIX, Verdict.RETURN, Verdict.REJECT):
        if said.category not in RejectionCategory.values:
            yield Fault("/category", "Choose why.")
        least = LEAST_REJECTION if said.verdict == Verdict.REJECT else 1
        if len(said.text) < least:
            yield Fault("/text", f"Say what is wrong, in at least {least} characters.")


def _scores(scores: Mapping[str, Any], rubric: list[dict[str, Any]]) -> Iterator[Fault]:
    """Every criterion has a whole number from 0 to its most, and nothing else is scored."""
    most = {one["name"]: one["max"] for one in rubric}
    for name in scores:
        if name not in most:
            yield Fault(pointer("scores", name), "Is not in the project's rubric.")
    for name, top in most.items():
        score = scores.get(name)
        if not isinstance(score, int) or isinstance(score, bool) or not 0 <= score <= top:
            yield Fault(pointer("scores", name), f"Score it from 0 to {top}.")


def _edit(answer: Any, row: ReviewAssignment) -> Iterator[Fault]:
    """A fix is an allowed answer that is not the one that was handed in."""
    problems = json_problems(answer)
    if not isinstance(answer, Mapping):
        yield Fault("/answer", "A fix brings the edited answer.")
        return
    if not problems:
        interface = Interface.load(row.task.project.interface)
        problems = interface.check_answer(answer, row.task.payload)
    for problem in problems:
        yield Fault(f"/answer{problem.pointer}", problem.message)
    if not problems and digest(answer) == digest(judged_answer(row)):
        yield Fault("/answer", "Nothing is changed: accept it, or change what is wrong.")
