"""Outcomes and results: what a task's answers come to, and how it is concluded or disputed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.states import move
from tasks.actions.beliefs import Believed
from tasks.actions.consensus import Agreed, count_in, fill_in
from tasks.actions.counting import BEYOND_VOTES
from tasks.interface.spec import Interface
from tasks.models import Result, Submission, Task
from tasks.states import TASK_MOVES, ResultSource, TaskState

TIED = "No answer has more than half of the votes."
APART = "The rankings or the marked passages are too far apart."
UNSURE = "The answers are not as sure as the project asks for."
UNSUPPORTED = "Gold does not support accepting an answer without a person."
FORBIDDEN = "Together the answers make one that nobody could have handed in."
NOT_VOTABLE = "Nobody was shown a question that can be voted on."


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer and where it comes from. `doubts` are the questions for which it cannot be taken,
    `why` says why not. `confidence` is a chance if `calibrated`, else a share of votes or a chance
    that nobody has checked.
    """

    answer: dict[str, Any]
    source: str
    confidence: float | Decimal | None
    calibrated: bool
    details: dict[str, Any]
    submissions: int
    doubts: list[str] = field(default_factory=list)
    why: str = ""


def of_majority(interface: Interface, agreed: Agreed, along: Believed, submissions: int) -> Outcome:
    """The vote's outcome. `along` says how likely it is: that is its confidence where gold has
    calibrated it; otherwise the least share stays, uncalibrated.

    Rankings and marked passages have no chance, only a share: where the votes have a calibrated
    one, it speaks of the votes alone.
    """
    return Outcome(
        answer=agreed.answer,
        source=agreed.source,
        confidence=along.confidence if along.calibrated else agreed.confidence,
        calibrated=along.calibrated,
        details=_merged(agreed.details, along),
        submissions=submissions,
        doubts=agreed.disputed,
        why=_why_tied(interface, agreed),
    )


def of_belief(
    interface: Interface, found: Believed, rows: Sequence[Submission], task: Task
) -> Outcome:
    """The likeliest answer, doubted unless it is as sure as the project's target and gold supports
    that; rankings and marked passages are counted as without a target.
    """
    target = task.project.target_confidence or 1
    answers = [row.answer for row in rows]
    counted = Agreed(answer=dict(found.answer))
    count_in(interface, answers, task.payload, counted, BEYOND_VOTES)
    fill_in(interface, answers, counted.answer)
    sure = found.reaches(target)
    matter = {name: one for name, one in found.questions.items() if one.matters}
    doubts = [
        name
        for name, one in matter.items()
        if one.accept_from is None or one.confidence < max(target, one.accept_from)
    ]
    why = UNSURE if found.supported else UNSUPPORTED
    if not matter:
        doubts, why = [question.name for question in interface.questions], NOT_VOTABLE
    if sure:
        doubts, why = counted.disputed, _why_tied(interface, counted)
    return Outcome(
        answer=counted.answer,
        source=ResultSource.MODEL,
        confidence=found.confidence,
        calibrated=found.calibrated,
        details={**found.as_data(), **counted.details},
        submissions=len(answers),
        doubts=doubts,
        why=why,
    )


def _why_tied(interface: Interface, agreed: Agreed) -> str:
    kinds = {interface.question(name).type for name in agreed.disputed}
    if not kinds:
        return ""
    return APART if kinds <= set(BEYOND_VOTES) else TIED


def allowed(interface: Interface, outcome: Outcome, task: Task) -> Outcome:
    """The outcome, doubted where the interface does not allow its answer.

    Each option of a set is counted by itself, so the majority's set can hold too many options, or
    none where one is required. All questions are doubted where the answer as a whole is wrong.
    """
    if outcome.doubts:
        return outcome
    pointers = [problem.pointer for problem in interface.check_answer(outcome.answer, task.payload)]
    wrong = {name for pointer in pointers for name in pointer.split("/")[1:2]}
    names = [question.name for question in interface.questions]
    doubts = names if "" in pointers else [name for name in names if name in wrong]
    return replace(outcome, doubts=doubts, why=FORBIDDEN) if doubts else outcome


def conclude(task: Task, outcome: Outcome, *, by: Actor) -> Result:
    """Give a locked task its result."""
    move(task, TaskState.CONCLUDED, TASK_MOVES)
    result = Result.objects.create(
        task=task,
        answer=outcome.answer,
        source=outcome.source,
        confidence=_four_places(outcome.confidence),
        calibrated=outcome.calibrated,
        details=outcome.details,
        submissions=outcome.submissions,
    )
    if outcome.calibrated:
        outbox.enqueue("tasks.learn_from_result", task_id=str(task.pk))
    audit.record("concluded", task, by=by, result=str(result.pk), source=outcome.source)
    return result


def dispute(task: Task, outcome: Outcome, *, by: Actor) -> None:
    """Leave a locked task to an adjudicator, with the questions in doubt and the reason."""
    move(task, TaskState.DISPUTED, TASK_MOVES)
    audit.record("disputed", task, by=by, questions=outcome.doubts, why=outcome.why)


def _merged(counted: Mapping[str, Any], along: Believed) -> dict[str, Any]:
    """The votes for each question, beside the chances of its answers."""
    chances = along.as_data()
    names = [*counted, *(name for name in chances if name not in counted)]
    return {name: {**counted.get(name, {}), **chances.get(name, {})} for name in names}


def _four_places(confidence: float | Decimal | None) -> Decimal | None:
    if confidence is None:
        return None
    return Decimal(confidence).quantize(Decimal("0.0001"))
