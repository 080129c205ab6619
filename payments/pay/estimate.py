"""What a project may cost before it is launched, and still after: each part at best, as expected
and at worst, with its assumption in words. Arithmetic on whole minor units and whole counts.

The worst case is an upper bound as long as no more than `REJECTED_MOST` percent of the answers are
rejected and no answer is reviewed more often than `ROUNDS_MOST` times.
"""

from dataclasses import dataclass
from typing import NamedTuple

from marketplace.core.money import fee

REJECTED_EXPECTED, REJECTED_MOST = 5, 25  # percent of the answers that are handed in
DISPUTED_EXPECTED = 10  # percent of the tasks with several answers
APPEALED_EXPECTED = 20  # percent of the rejections
ROUNDS_MOST = 4  # a first reading, a second, a third that decides, and one of the correction
PERCENT = 100

TITLES = {
    "answers": "Answers",
    "overturned": "Rejections found wrong",
    "reviews": "Reviews",
    "adjudications": "Adjudications",
    "gold": "Tasks with a known answer",
    "training": "Training",
}


class Range(NamedTuple):
    """At best, as expected, at worst."""

    best: int
    expected: int
    worst: int


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done, in counts: tasks, answers to them, answers in work that are promised
    already, the experts who may come, and known answers of each kind that exist.
    """

    tasks: int
    answers: Range
    under_way: int
    experts: Range
    gold: int
    training: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is paid: an accepted answer, a review and an adjudication without the fee; shares are
    percents, `reviewed` the share of answers that is read at best and as expected.
    """

    pay: Range
    review_minor: int
    adjudication_minor: int
    fee_bps: int
    reviewed: int
    second: int
    audited: int
    gold_first: int
    gold_percent: int
    training_most: int
    many: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One part of the cost; `count` is how often as expected, `text` what is assumed."""

    kind: str
    count: int
    cost: Range
    text: str

    @property
    def title(self) -> str:
        """What it is, for people."""
        return TITLES[self.kind]


def whole(minor: int, bps: int) -> int:
    """A price with the platform's fee."""
    return minor + fee(minor, bps)


def of_answer(plan: Plan) -> Range:
    """One accepted answer with its fee."""
    return Range(*(whole(minor, plan.fee_bps) for minor in plan.pay))


def lines(work: Work, plan: Plan) -> list[Line]:
    """The parts, in the order of the work; those that cost nothing at worst are left out."""
    parts = [
        _answers(work, plan),
        _rejected(work, plan),
        _reviews(work, plan),
        _adjudications(work, plan),
        _known("gold", work, plan),
        _known("training", work, plan),
    ]
    return [part for part in parts if part.cost.worst > 0]


def total(parts: list[Line]) -> Range:
    """The sum of all parts."""
    return Range(*(sum(part.cost[place] for part in parts) for place in range(3)))


def _share(count: int, percent: int) -> int:
    """Percent of a count, rounded up."""
    return -(-count * percent // PERCENT)


def _times(counts: Range, each: Range) -> Range:
    return Range(*(count * minor for count, minor in zip(counts, each, strict=True)))


def _answers(work: Work, plan: Plan) -> Line:
    text = (
        f"{work.answers.best} to {work.answers.worst} answers to {work.tasks} tasks, each paid when"
        " it is accepted. At worst every task needs the most answers that the plan allows, and"
        " each earns all that can be added to its price."
    )
    cost = _times(work.answers, of_answer(plan))
    return Line("answers", work.answers.expected, cost, text)


def _handed_in(work: Work) -> Range:
    """Answers that come to a verdict: those still wanted, those in work, and the rejected ones."""
    base = [count + work.under_way for count in work.answers]
    return Range(
        base[0],
        base[1] + _share(base[1], REJECTED_EXPECTED),
        base[2] + _lost(work).worst,
    )


def _lost(work: Work) -> Range:
    """Rejected answers: at worst a quarter of all that are handed in, a third of the accepted."""
    base = [count + work.under_way for count in work.answers]
    worst = -(-base[2] * REJECTED_MOST // (PERCENT - REJECTED_MOST))
    return Range(0, _share(base[1], REJECTED_EXPECTED), worst)


def _rejected(work: Work, plan: Plan) -> Line:
    """Rejections that an appeal or an audit turns round are paid, beside their replacements."""
    counts = Range(0, 0, _lost(work).worst)
    text = (
        "Nothing: a rejected answer is not paid. At worst a quarter of the answers is rejected, and"
        " each of these rejections is found wrong and paid after all."
    )
    return Line("overturned", 0, _times(counts, of_answer(plan)), text)


def _reviews(work: Work, plan: Plan) -> Line:
    handed, lost = _handed_in(work), _lost(work)
    first = Range(_share(handed.best, plan.reviewed), _share(handed.expected, plan.reviewed), 0)
    expected = first.expected + _share(first.expected, plan.second)
    expected += _share(lost.expected, plan.audited) + _share(lost.expected, APPEALED_EXPECTED)
    worst = handed.worst * ROUNDS_MOST + 2 * lost.worst
    counts = Range(first.best, expected, worst)
    each = whole(plan.review_minor, plan.fee_bps)
    text = (
        f"{plan.reviewed} % of the answers are read, {plan.second} % of these twice, and some"
        f" rejections once more. At worst every answer is read {ROUNDS_MOST} times, and every"
        " rejection is audited and appealed against."
    )
    return Line("reviews", expected, _times(counts, Range(each, each, each)), text)


def _adjudications(work: Work, plan: Plan) -> Line:
    tasks = work.tasks + work.under_way
    counts = Range(0, _share(work.tasks, DISPUTED_EXPECTED) if plan.many else 0, tasks)
    each = whole(plan.adjudication_minor, plan.fee_bps)
    text = (
        f"An adjudicator decides {DISPUTED_EXPECTED} % of the tasks with several answers; at worst"
        " every task."
    )
    return Line("adjudications", counts.expected, _times(counts, Range(each, each, each)), text)


def _known(kind: str, work: Work, plan: Plan) -> Line:
    """Gold and training are paid like any answer. Each expert meets each of them once at most."""
    if kind == "gold":
        exist, first, percent = work.gold, plan.gold_first, plan.gold_percent
        text = (
            f"Tasks whose answer is known: {first} for each new expert, then {percent} % of the"
            " claims. At worst everybody who may come answers as many as there are."
        )
    else:
        exist, first, percent = work.training, plan.training_most, 0
        text = (
            f"Up to {first} training tasks for each expert. At worst everybody who may come does"
            " all of them."
        )
    expected = work.experts.expected * min(first, exist)
    if exist:
        expected += _share(work.answers.expected, percent)
    most = exist if kind == "gold" else min(first, exist)
    counts = Range(0, min(expected, work.experts.expected * exist), work.experts.worst * most)
    return Line(kind, counts.expected, _times(counts, of_answer(plan)), text)
