"""What is believed of a task after its answers so far: question by question the chance of each
answer, from what was measured of those who gave them.

As in a vote (`tasks.actions.consensus`) a question is weighed among those who were shown it, and
only where the answer so far shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.interface.ballots import YES, Answer, Ballot, ballots, shown_to
from tasks.interface.parts import Question
from tasks.interface.spec import Interface
from tasks.interface.voting import canonical
from tasks.models import Submission
from tasks.quality.labels import Floats
from tasks.quality.weighing import Label, weigh
from tasks.selectors.measured import Measured

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Weighed:
    """One question: `chances` by canonical answer (of a set: of each option, that it is in), the
    likeliest `answer` (or the one in question) with its `confidence`, of a set that of its least
    sure option. `accept_from` is the confidence that gold supports, None for none. A question that
    need not be answered and on which nothing is likely does not `matter`.
    """

    answer: Any
    confidence: float
    chances: Mapping[str, float]
    method: str
    calibrated: bool
    accept_from: float | None
    matters: bool

    def as_data(self) -> dict[str, Any]:
        """Plain data to be stored and delivered, to four places."""
        return {
            "answer": self.answer,
            "confidence": round(self.confidence, 4),
            "posterior": {name: round(chance, 4) for name, chance in self.chances.items()},
            "method": self.method,
            "calibrated": self.calibrated,
            "supported": self.accept_from is not None,
        }


@dataclass(frozen=True, slots=True)
class Believed:
    """An answer to what can be voted on, and each question that it shows."""

    answer: dict[str, Any] = field(default_factory=dict)
    questions: dict[str, Weighed] = field(default_factory=dict)

    @property
    def confidence(self) -> float | None:
        """That of the least sure question that matters; None where nothing can be weighed."""
        return min((one.confidence for one in self._matter()), default=None)

    @property
    def calibrated(self) -> bool:
        """Whether gold has said how true these chances are, of every question that matters."""
        matter = self._matter()
        return bool(matter) and all(one.calibrated for one in matter)

    @property
    def supported(self) -> bool:
        """Whether gold supports accepting some confidence of every question that matters."""
        matter = self._matter()
        return bool(matter) and all(one.accept_from is not None for one in matter)

    def reaches(self, target: float) -> bool:
        """Whether each question that matters is so sure, and gold supports accepting that."""
        return self.supported and all(
            one.confidence >= max(target, one.accept_from or 0) for one in self._matter()
        )

    def as_data(self) -> dict[str, Any]:
        """Plain data by question."""
        return {name: one.as_data() for name, one in self.questions.items()}

    def _matter(self) -> list[Weighed]:
        return [one for one in self.questions.values() if one.matters]


def believe(
    interface: Interface,
    measured: Measured,
    rows: Sequence[Submission],
    given: Answer | None = None,
) -> Believed:
    """The likeliest answer after these submissions; or, of a `given` one, how likely it is."""
    answers = [row.answer for row in rows]
    asked = ballots(interface)
    some_required = any(interface.question(name).required for name in asked)
    found = Believed(dict(given or {}))
    for name, choices in asked.items():
        question = interface.question(name)
        if question not in interface.shown(found.answer):
            continue
        places = shown_to(interface, question, answers)
        if not places:
            continue
        voters = [rows[place] for place in places]
        chances = [_chances(measured, choice, voters) for choice in choices]
        optional = some_required and not question.required
        one = _weighed(measured, choices, chances, given, optional=optional)
        found.questions[name] = one
        if given is None and one.answer not in (None, []):
            found.answer[name] = one.answer
    return found


def _chances(measured: Measured, choice: Ballot, voters: Sequence[Submission]) -> Floats:
    model = measured.model(choice)
    number = {name: place for place, name in enumerate(choice.classes)}
    said = [(row.annotator_id, choice.label(row.answer)) for row in voters]
    return weigh(
        model,
        [
            Label(number[label], measured.confusion(choice, annotator_id, model))
            for annotator_id, label in said
            if label in number
        ],
    )


def _weighed(
    measured: Measured,
    choices: Sequence[Ballot],
    chances: Sequence[Floats],
    given: Answer | None,
    *,
    optional: bool,
) -> Weighed:
    question = choices[0].question
    best = [_place(*pair, given) for pair in zip(choices, chances, strict=True)]
    confidence = min(float(found[place]) for found, place in zip(chances, best, strict=True))
    models = [measured.questions.get(choice.key) for choice in choices]
    limits = [row.accept_from if row else None for row in models]
    matters = not optional or confidence > HALF
    return Weighed(
        answer=_value(question, choices, best) if matters else None,
        confidence=confidence,
        chances=_by_name(choices, chances),
        method=models[0].method if models[0] else "one_coin",
        calibrated=all(row is not None and row.calibration is not None for row in models),
        accept_from=None if None in limits else max(limit or 0 for limit in limits),
        matters=matters,
    )


def _place(choice: Ballot, chances: Floats, given: Answer | None) -> int:
    """The class in question, else the likeliest."""
    label = choice.label(given) if given is not None else None
    return choice.classes.index(label) if label in choice.classes else int(chances.argmax())


def _value(question: Question, choices: Sequence[Ballot], best: Sequence[int]) -> Any:
    """The winner in JSON's shape, None for a question that is left out."""
    if choices[0].place is not None:
        pairs = zip(question.values, choices, best, strict=True)
        return [value for value, choice, place in pairs if choice.classes[place] == YES]
    return question.values[best[0]] if best[0] < len(question.values) else None


def _by_name(choices: Sequence[Ballot], chances: Sequence[Floats]) -> dict[str, float]:
    if choices[0].place is None:
        return dict(zip(choices[0].classes, chances[0].tolist(), strict=True))
    options = [canonical(value) for value in choices[0].question.values]
    return {name: float(found[1]) for name, found in zip(options, chances, strict=True)}
