"""From the accepted answers of one task to one answer: the interface meets the vote.

Questions are counted in their order, among those who were shown them, and only if the answer so far
shows them: when most say "correct", nobody asks what the fault is. What cannot be counted (texts,
spans, rankings) comes from the answer that agrees with the outcome most.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tasks.interface.parts import Question
from tasks.interface.spec import Interface
from tasks.interface.voting import canonical, votable, votes
from tasks.quality.majority import Outcome, closest, of_sets, on_scale, plurality
from tasks.states import ResultSource

Answer = Mapping[str, Any]


@dataclass(slots=True)
class Agreed:
    """The answer, where it came from, the share of its least sure question (None: nothing counted),
    the votes for each counted question, and the questions on which the votes are tied."""

    answer: dict[str, Any] = field(default_factory=dict)
    source: str = ResultSource.MAJORITY
    confidence: Decimal | None = None
    details: dict[str, Any] = field(default_factory=dict)
    disputed: list[str] = field(default_factory=list)


def agree(interface: Interface, answers: Sequence[Answer]) -> Agreed:
    """The outcome of at least one accepted answer, given in the order of their hand-in.

    One answer alone is the result; its confidence is unknown, since nobody else was asked.
    """
    if len(answers) == 1:
        return Agreed(answer=dict(answers[0]), source=ResultSource.SUBMISSION)
    agreed, shares = Agreed(), []
    counted = [interface.question(name) for name in votable(interface)]
    # A tie on an optional question leaves it out; where all are optional, each one matters.
    optional = {q.name for q in counted if not q.required and any(c.required for c in counted)}
    for question in counted:
        if question in interface.shown(agreed.answer):
            outcome = _count(interface, question, answers, agreed, question.name in optional)
            shares += [outcome.share] if outcome else []
    fill_in(interface, answers, agreed.answer)
    agreed.confidence = _four_places(min(shares)) if shares else None
    agreed.source = ResultSource.MAJORITY if shares else ResultSource.SUBMISSION
    return agreed


def _count(
    interface: Interface,
    question: Question,
    answers: Sequence[Answer],
    agreed: Agreed,
    optional: bool,  # noqa: FBT001 - private
) -> Outcome[Any] | None:
    """Count one question; leaving it out is a vote too. None if nobody was shown it, and for a tie
    that does not matter."""
    ballots = [
        answer.get(question.name) for answer in answers if question in interface.shown(answer)
    ]
    if not ballots:
        return None
    outcome = _outcome(question, ballots)
    if outcome.tied and not optional:
        agreed.disputed.append(question.name)
    elif not outcome.tied and outcome.winner not in (None, frozenset()):
        agreed.answer[question.name] = _plain(question, outcome.winner)
    agreed.details[question.name] = {
        "share": float(_four_places(outcome.share)),
        "voters": outcome.voters,
        "votes": dict(Counter(canonical(ballot) for ballot in ballots)),
    }
    return None if outcome.tied and optional else outcome


def _outcome(question: Question, ballots: Sequence[Any]) -> Outcome[Any]:
    if question.type == "multi":
        return of_sets([frozenset(ballot or ()) for ballot in ballots])
    if question.type == "rating" and None not in ballots:
        return on_scale([int(ballot) for ballot in ballots], question.minimum, question.maximum)
    return plurality(ballots)


def _plain(question: Question, winner: Any) -> Any:
    """The winner in JSON's shape; a set in the order of its options."""
    if isinstance(winner, frozenset):
        return [option for option in question.values if option in winner]
    return winner


def fill_in(interface: Interface, answers: Sequence[Answer], outcome: dict[str, Any]) -> None:
    """Take what was not counted from the answer closest to the outcome that has it, in place."""
    counted = set(votable(interface))
    agreed = dict(votes(interface, outcome))
    order = closest([dict(votes(interface, answer)) for answer in answers], agreed)
    for question in interface.shown(outcome):
        if question.name in counted:
            continue
        found = next((answers[i] for i in order if question.name in answers[i]), None)
        if found is not None:
            outcome[question.name] = found[question.name]


def _four_places(share: Fraction) -> Decimal:
    return (Decimal(share.numerator) / share.denominator).quantize(Decimal("0.0001"))
