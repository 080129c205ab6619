"""How a simulated expert answers a task.

What the file knows comes first: the recorded answer of a real annotator, else the truth with the
probability of the expert's ability and a plausible wrong answer otherwise. To other questions
with a limited number of answers each task has one that able experts agree on, so that a majority
means something; texts and marks are everybody's own. Some first tries give no real reason and
come back for correction.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from marketplace.ops.demo.dice import dice
from marketplace.ops.demo.filling import fill, terse, wrong
from marketplace.ops.demo.people import Expert
from marketplace.ops.demo.sources.base import DemoItem, Row
from tasks.interface.parts import Question
from tasks.interface.spec import Interface

HASTY_SHARE = 0.15
"""Share of first tries with too short a text: enough returns to see, few enough to finish."""
STUBBORN_SHARE = 0.25
"""Share of those that are just as short the second time, and are then rejected."""
SKIP_SHARE = 0.3
READING_CHARACTERS_A_SECOND = 25.0
"""About 250 words a minute, the usual figure for adults (Brysbaert 2019: 238)."""
SECONDS_A_QUESTION = 12.0


@dataclass(frozen=True)
class Attempt:
    """What an expert hands in, and how long they would have worked on it."""

    answer: Row
    seconds: float


@dataclass(frozen=True)
class _Hand:
    """One expert at one task in one attempt.

    `judgement` decides what they think (the same in every attempt), `writing` what they write;
    `hasty` says "no reason given".
    """

    item: DemoItem
    seed: int
    ability: float
    judgement: Random
    writing: Random
    hasty: bool


def attempt(
    interface: Interface, item: DemoItem, expert: Expert, seed: int, number: int = 1
) -> Attempt:
    """The `number`-th hand-in (from 1) of this expert for this item.

    A correction changes the texts, not the judgement: an honest expert stands by it.
    """
    name = (seed, expert.email, item.external_id)
    judgement = dice("judgement", *name)
    known = _known(interface, item, expert, judgement)
    mood = dice("mood", *name)
    hasty = mood.random() < HASTY_SHARE and (number == 1 or mood.random() < STUBBORN_SHARE)
    writing = dice("writing", number, *name)
    hand = _Hand(item, seed, expert.ability, judgement, writing, hasty)
    return Attempt(_complete(interface, known, hand), _seconds(interface, item, expert))


def known_answer(interface: Interface, item: DemoItem, seed: int) -> Row:
    """The whole right answer of an item, as a client posts it with gold: the truth, and to other
    questions what able experts agree on."""
    judgement, writing = (dice(name, seed, item.external_id) for name in ("gold", "gold writing"))
    hand = _Hand(item, seed, 1.0, judgement, writing, hasty=False)
    return _complete(interface, item.truth or {}, hand)


def _known(interface: Interface, item: DemoItem, expert: Expert, draw: Random) -> Row:
    """What the file decides: recorded answers, else truth or error by the expert's ability."""
    if item.recorded:
        return item.recorded[expert.number % len(item.recorded)]
    truth = item.truth or {}
    if draw.random() < expert.ability:
        return truth
    return {
        name: wrong(interface.question(name), right, item.payload, draw)
        for name, right in truth.items()
    }


def _complete(interface: Interface, known: Row, hand: _Hand) -> Row:
    """The whole answer: known questions as known, hidden ones left out, others filled."""
    answer: Row = {}
    for question in interface.questions:
        if question.show_if is not None and not question.show_if.holds(answer):
            continue
        value = known.get(question.name)
        if value is None:
            value = _own(question, hand)
        if value is not None:
            answer[question.name] = value
    return answer


def _own(question: Question, hand: _Hand) -> Any:
    """The expert's own answer to a question the file says nothing about; None skips it."""
    if question.values and question.type != "spans":
        return _agreed(question, hand)
    if not question.required and hand.writing.random() < SKIP_SHARE:
        return None
    if question.type == "text" and hand.hasty:
        return terse(question, hand.writing)
    return fill(question, hand.item.payload, hand.writing)


def _agreed(question: Question, hand: _Hand) -> Any:
    """What able experts agree on for this task, or, by an error of ability, something else."""
    item = hand.item
    common = dice("common", hand.seed, item.external_id, question.name)
    agreed = fill(question, item.payload, common)
    if hand.judgement.random() < hand.ability:
        return agreed
    return wrong(question, agreed, item.payload, hand.judgement)


def _seconds(interface: Interface, item: DemoItem, expert: Expert) -> float:
    """Reading time plus a fixed time a question, divided by the expert's speed."""
    characters = sum(len(str(value)) for value in item.payload.values())
    reading = characters / READING_CHARACTERS_A_SECOND
    return round((reading + SECONDS_A_QUESTION * len(interface.questions)) / expert.speed, 1)
