"""How a simulated reviewer judges a submission, knowing the truth where the file knows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.ops.demo.accuracy import same
from marketplace.ops.demo.dice import dice
from marketplace.ops.demo.filling import is_terse
from marketplace.ops.demo.people import Reviewer
from marketplace.ops.demo.sources.base import DemoItem, Row
from tasks.interface.spec import Interface
from tasks.interface.voting import canonical

MOST_RETURNS = 1
"""The demo's reviewers send a text back once; the marketplace would allow three returns."""


@dataclass(frozen=True)
class Judgement:
    """A verdict with its reason; the words are those of `tasks.states`.

    `verdict` is accept, return or reject; `category` is empty for accept; `text` has >= 40 letters.
    """

    verdict: str
    category: str
    text: str


def judge(
    interface: Interface,
    item: DemoItem,
    answer: Row,
    reviewer: Reviewer,
    *,
    seed: int,
    returns: int,
) -> Judgement:
    """The verdict on `answer`, which was sent back `returns` times before.

    A missing reason is returned once, then rejected. A wrong answer is rejected with the
    probability of the reviewer's strictness; the others are left to the majority, as an honest
    error of judgement should be.
    """
    if name := _terse_text(interface, answer):
        return _without_reason(name, returns)
    if wrong := _wrong_answers(interface, item, answer):
        draw = dice("verdict", seed, reviewer.email, item.external_id, canonical(answer))
        if draw.random() < reviewer.strictness:
            names = ", ".join(interface.question(name).title for name in wrong)
            text = f"Checked against the reference for this item: the answer to “{names}” is wrong."
            return Judgement("reject", "wrong", text)
    return Judgement("accept", "", "Every question is answered and the reason supports the answer.")


def adjudicated(interface: Interface, item: DemoItem, answers: Sequence[Row]) -> Row:
    """The last word on a disputed task: the answer nearest to the truth, the earliest of equals.

    Where the truth is unknown that is the first answer.
    """
    return min(answers, key=lambda answer: len(_missed(interface, item, answer)))


def _missed(interface: Interface, item: DemoItem, answer: Row) -> list[str]:
    """Names of the questions of known truth whose answer is wrong or missing."""
    truth = item.truth or {}
    return [name for name in truth if not same(interface, name, answer.get(name), truth[name])]


def _without_reason(title: str, returns: int) -> Judgement:
    if returns < MOST_RETURNS:
        text = (
            f"Please give your reason under “{title}”: at least two sentences that name the point."
        )
        return Judgement("return", "incomplete", text)
    text = f"Sent back once already, and “{title}” still gives no reason that could be checked."
    return Judgement("reject", "guideline", text)


def _terse_text(interface: Interface, answer: Row) -> str:
    """The title of the first text that is too short to hold a reason, or the empty string."""
    for question in interface.questions:
        text = answer.get(question.name)
        if question.type == "text" and text is not None and is_terse(question, text):
            return question.title
    return ""


def _wrong_answers(interface: Interface, item: DemoItem, answer: Row) -> list[str]:
    """Names of the questions answered otherwise than the truth; hidden ones do not count."""
    return [name for name in _missed(interface, item, answer) if name in answer]
