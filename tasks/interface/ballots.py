"""The single choices that an interface asks for, as labels: what truth inference counts.

A choice, a preference and a rating are one choice each; a set of options is one yes or no for each
option. Leaving an optional question out is an answer too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.interface.parts import Question
from tasks.interface.spec import Interface
from tasks.interface.voting import canonical, votable

Answer = Mapping[str, Any]
NO, YES = "false", "true"
LEFT_OUT = "null"


@dataclass(frozen=True, slots=True)
class Ballot:
    """One choice: its `classes` are canonical answers, `place` the option of a set it is about.

    `key` is the question's name, for an option of a set followed by a slash and its place.
    """

    key: str
    question: Question
    classes: tuple[str, ...]
    place: int | None = None

    def label(self, answer: Answer) -> str:
        """What an answer says here; it was shown the question."""
        value = answer.get(self.question.name)
        if self.place is None:
            return canonical(value)
        return YES if self.question.values[self.place] in (value or ()) else NO


def ballots(interface: Interface) -> dict[str, list[Ballot]]:
    """The choices of each votable question, in order; a question with one answer is no question."""
    found = {name: _of(interface.question(name)) for name in votable(interface)}
    return {name: those for name, those in found.items() if those}


def shown_to(interface: Interface, question: Question, answers: Sequence[Answer]) -> list[int]:
    """The places of the answers whose annotators were shown the question."""
    return [place for place, one in enumerate(answers) if question in interface.shown(one)]


def _of(question: Question) -> list[Ballot]:
    if question.type == "multi":
        return [
            Ballot(f"{question.name}/{place}", question, (NO, YES), place)
            for place in range(len(question.values))
        ]
    classes = tuple(canonical(value) for value in question.values)
    if not question.required:
        classes += (LEFT_OUT,)
    return [Ballot(question.name, question, classes)] if len(classes) > 1 else []
