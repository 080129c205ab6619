"""What a reviewer changed in an answer: question by question, for people, and how much in all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from tasks.interface.parts import Question
from tasks.interface.render import RenderedAnswer, render_answer
from tasks.interface.spec import Interface
from tasks.interface.voting import canonical
from tasks.quality.edits import Piece, distance, pieces

Answer = Mapping[str, Any]
_NONE = SafeString("")


@dataclass(frozen=True, slots=True)
class Change:
    """One changed question: a text in `pieces`, word by word; anything else before and after."""

    title: str
    pieces: Sequence[Piece]
    before: SafeString
    after: SafeString


def changes(interface: Interface, payload: Answer, before: Answer, after: Answer) -> list[Change]:
    """The questions whose answers differ, in the interface's order."""
    old = _by_name(render_answer(interface, before, payload))
    new = _by_name(render_answer(interface, after, payload))
    return [
        Change(
            title=question.title,
            pieces=_words(question, before, after),
            before=old.get(question.name, _NONE),
            after=new.get(question.name, _NONE),
        )
        for question in interface.questions
        if _differ(question, before, after)
    ]


def share_changed(interface: Interface, before: Answer, after: Answer) -> float:
    """How much was changed, 0 (nothing) to 1 (all): the mean over the questions answered before or
    after. A text counts by the words changed, every other question whole.
    """
    asked = [q for q in interface.questions if q.name in before or q.name in after]
    parts = [_share(question, before, after) for question in asked]
    return sum(parts) / len(parts) if parts else 0.0


def _share(question: Question, before: Answer, after: Answer) -> float:
    if not _differ(question, before, after):
        return 0.0
    if _is_text(question, before, after):
        return distance(before.get(question.name, ""), after.get(question.name, ""))
    return 1.0


def _words(question: Question, before: Answer, after: Answer) -> list[Piece]:
    if not _is_text(question, before, after):
        return []
    return pieces(before.get(question.name, ""), after.get(question.name, ""))


def _is_text(question: Question, before: Answer, after: Answer) -> bool:
    """A free text that is there before or after; texts are compared word by word."""
    return question.type == "text" and question.name in {*before, *after}


def _differ(question: Question, before: Answer, after: Answer) -> bool:
    return canonical(before.get(question.name)) != canonical(after.get(question.name))


def _by_name(rows: Sequence[RenderedAnswer]) -> dict[str, SafeString]:
    return {row.name: row.html for row in rows}
