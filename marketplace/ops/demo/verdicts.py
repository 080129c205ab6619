"""Staff at work: reviewers judge what was handed in, the administrator decides disputes."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from marketplace.ops.demo.cast import ReviewerAtWork
from marketplace.ops.demo.crew import Patience
from marketplace.ops.demo.judging import MOST_RETURNS, adjudicated, judge
from marketplace.ops.demo.posting import form_fields
from marketplace.ops.demo.sources.base import DemoItem, Row
from marketplace.ops.demo.tally import Hand, Tally
from marketplace.ops.drive.browser import Surprise, values_of
from marketplace.ops.drive.desk import DeskWeb, ReviewPage
from tasks.interface.spec import Interface

LOOK_AGAIN = 0.4, 1.5
LOOK_FOR_DISPUTES = 2.0
NO_MORE_RETURNS = MOST_RETURNS
REASON = "Both readings were compared with the reference; this answer is the one it supports."


@dataclass(frozen=True)
class Verdicts:
    """What all reviewers of a project share. `items` go by task id.

    `delivered` gives the answer with which a task was concluded.
    """

    interface: Interface
    items: Mapping[str, DemoItem]
    seed: int
    tally: Tally
    delivered: Callable[[str], Row]

    def review(self, me: ReviewerAtWork, over: threading.Event) -> None:
        """Judge one submission after the other until it is over."""
        review: ReviewPage | None = None
        patience = Patience(*LOOK_AGAIN)
        while not over.is_set():
            review = review or me.desk.next_review()
            if review is None:
                patience.wait(over)
            else:
                review = self._judge(me, review)
                patience.renew()

    def _judge(self, me: ReviewerAtWork, review: ReviewPage) -> ReviewPage | None:
        """Judge what is shown: an answer as it was handed in, or the result of a task."""
        if review.assignment:
            hand = self.tally.hand(review.assignment)
        else:
            hand = Hand(self.items[review.task], self.delivered(review.task))
        self._read(review, hand)
        found = judge(
            self.interface,
            hand.item,
            hand.answer,
            me.reviewer,
            seed=self.seed,
            returns=review.returns if review.may_return else NO_MORE_RETURNS,
        )
        # Counted first: what follows from the verdict may be seen before this page is answered.
        self.tally.count(found.verdict)
        if not me.paid:
            self.tally.count("unpaid")
        return me.desk.decide(
            review, verdict=found.verdict, category=found.category, text=found.text
        )

    def _read(self, review: ReviewPage, hand: Hand) -> None:
        """The page must show the task it says, and the words that were handed in."""
        if self.items[review.task] is not hand.item:
            raise Surprise(f"The desk shows an answer beside another task: {review.page.url}")
        shown = review.page.words()
        for question in self.interface.questions:
            text = hand.answer.get(question.name)
            if question.type == "text" and text is not None and text.split()[0] not in shown:
                raise Surprise(f"The desk does not show the answer: {review.page.url}")

    def adjudicate(self, desk: DeskWeb, over: threading.Event) -> None:
        """Decide each disputed task by the answers to it, until it is over."""
        while not over.is_set():
            self._decide_disputes(desk)
            over.wait(LOOK_FOR_DISPUTES)

    def oversee(self, me: ReviewerAtWork, over: threading.Event) -> None:
        """Decide disputes, and review. Reviewers who have read an answer to a task do not inspect
        its result, and whoever inspected it does not decide what comes of that: all oversee.
        """
        while not over.is_set():
            self._decide_disputes(me.desk)
            review = me.desk.next_review()
            while review is not None and not over.is_set():
                review = self._judge(me, review)
            over.wait(LOOK_FOR_DISPUTES)

    def _decide_disputes(self, desk: DeskWeb) -> None:
        for task in desk.disputed():
            item = self.items[task]
            answer = adjudicated(self.interface, item, self.tally.answers(item.external_id))
            if desk.adjudicate(task, values_of(form_fields(self.interface, answer)), REASON):
                self.tally.count("adjudicated")
