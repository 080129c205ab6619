"""From the accepted answers of one task to one answer: the interface meets the vote.

Questions are counted in their order, among those who were shown them, and only if the answer so far
shows them: when most say "correct", nobody asks what the fault is. Texts cannot be counted: they
come from the answer that agrees with the outcome most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tasks.actions.counting import COUNTED, count
from tasks.interface.spec import Interface
from tasks.interface.voting import votes
from tasks.quality.majority import closest
from tasks.states import ResultSource

Answer = Mapping[str, Any]


@dataclass(slots=True)
class Agreed:
    """The answer, where it came from, the share of its least sure question (None: nothing counted),
    what was counted for each question, and the questions on which the answers are tied."""

    answer: dict[str, Any] = field(default_factory=dict)
    source: str = ResultSource.MAJORITY
    confidence: Decimal | None = None
    details: dict[str, Any] = field(default_factory=dict)
    disputed: list[str] = field(default_factory=list)


def agree(interface: Interface, answers: Sequence[Answer], payload: Mapping[str, Any]) -> Agreed:
    """The outcome of at least one accepted answer, given in the order of their hand-in.

    One answer alone is the result; its confidence is unknown, since nobody else was asked.
    """
    if len(answers) == 1:
        return Agreed(answer=dict(answers[0]), source=ResultSource.SUBMISSION)
    agreed = Agreed()
    shares = count_in(interface, answers, payload, agreed, COUNTED)
    fill_in(interface, answers, agreed.answer)
    agreed.confidence = _four_places(min(shares)) if shares else None
    agreed.source = ResultSource.MAJORITY if shares else ResultSource.SUBMISSION
    return agreed


def count_in(
    interface: Interface,
    answers: Sequence[Answer],
    payload: Mapping[str, Any],
    agreed: Agreed,
    kinds: Sequence[str],
) -> list[Fraction]:
    """Count the questions of these types into `agreed`, in place; the shares of those that matter.

    Leaving a question out is a vote too. A tie on an optional question leaves it out; where all
    are optional, each one matters.
    """
    shares = []
    counted = [one for one in interface.questions if one.type in COUNTED]
    some_required = any(one.required for one in counted)
    for question in counted:
        if question.type not in kinds or question not in interface.shown(agreed.answer):
            continue
        given = [one.get(question.name) for one in answers if question in interface.shown(one)]
        if not given:
            continue
        found = count(question, given, payload)
        agreed.details[question.name] = found.details
        if found.tied and not question.required and some_required:
            continue
        shares.append(found.share)
        if found.tied:
            agreed.disputed.append(question.name)
        elif found.answer is not None:
            agreed.answer[question.name] = found.answer
    return shares


def fill_in(interface: Interface, answers: Sequence[Answer], outcome: dict[str, Any]) -> None:
    """Take what was not counted from the answer closest to the outcome that has it, in place."""
    agreed = dict(votes(interface, outcome))
    order = closest([dict(votes(interface, answer)) for answer in answers], agreed)
    for question in interface.shown(outcome):
        if question.type in COUNTED:
            continue
        found = next((answers[i] for i in order if question.name in answers[i]), None)
        if found is not None:
            outcome[question.name] = found[question.name]


def _four_places(share: Fraction) -> Decimal:
    return (Decimal(share.numerator) / share.denominator).quantize(Decimal("0.0001"))
