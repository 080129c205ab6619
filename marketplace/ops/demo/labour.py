"""Experts at work: claim, read, save a draft, hand in, correct what comes back."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.ops.demo.answers import attempt
from marketplace.ops.demo.cast import ExpertAtWork
from marketplace.ops.demo.crew import Patience
from marketplace.ops.demo.posting import form_fields
from marketplace.ops.demo.sources.base import DemoItem
from marketplace.ops.demo.tally import Hand, Tally
from marketplace.ops.drive.annotator import CONFLICT, Claim, claim_of, held_on
from marketplace.ops.drive.browser import Page, Surprise
from tasks.interface.spec import Interface

LOOK_AGAIN = 0.5, 4.0
PATIENCE = 30.0


@dataclass(frozen=True)
class Labour:
    """What all experts of a project share. `items` go by task id and by handle."""

    project: str
    interface: Interface
    items: Mapping[str, DemoItem]
    seed: int
    tally: Tally

    def work(self, me: ExpertAtWork, over: threading.Event) -> None:
        """Go on until it is over; with nothing to do, look again after a moment."""
        claim: Claim | None = None
        patience = Patience(*LOOK_AGAIN)
        while not over.is_set():
            claim = claim or self._next(me)
            if claim is None:
                patience.wait(over)
            else:
                claim = claim_of(self.answer(me, claim))
                patience.renew()

    def sees_work(self, me: ExpertAtWork) -> bool:
        """Whether the work list offers the project yet."""
        return self._offered(me.web.work_list())

    def _offered(self, page: Page) -> bool:
        return page.has_form(action=f"/work/projects/{self.project}/next")

    def _next(self, me: ExpertAtWork) -> Claim | None:
        """What the work list shows in hand (an answer that came back), else a new task, if any."""
        page = me.web.work_list()
        for held in held_on(page):
            if claim := me.web.open(held.assignment):
                return claim
        return claim_of(me.web.take_next(self.project)) if self._offered(page) else None

    def answer(self, me: ExpertAtWork, claim: Claim, *, go_on: bool = True) -> Page:
        """Answer the task in hand; with `go_on` the page that follows may be the next task."""
        item = self.items[claim.task]
        made = attempt(self.interface, item, me.expert, self.seed, claim.returns + 1)
        pairs = form_fields(self.interface, made.answer)
        if claim.returns:
            self.tally.count("corrections")
        else:
            me.web.save_draft(claim, pairs)
            self.tally.count("drafts")
        self.tally.hand_in(claim.assignment, Hand(item, made.answer))
        page = me.web.submit(claim, pairs, go_on=go_on)
        if page.status == CONFLICT:
            raise Surprise(f"An answer in time was refused: {page.said()}")
        self.tally.count("submissions")
        return page

    def take(self, me: ExpertAtWork) -> Claim:
        """Claim a task and write a draft, as somebody does who is then called away."""
        claim = claim_of(me.web.take_next(self.project))
        if claim is None:
            raise Surprise(f"{me.who.email} found nothing to claim.")
        made = attempt(self.interface, self.items[claim.task], me.expert, self.seed)
        me.web.save_draft(claim, form_fields(self.interface, made.answer))
        self.tally.count("drafts")
        return claim

    def come_late(self, me: ExpertAtWork, claim: Claim) -> None:
        """Hand in after the time: refused, the text kept; claim again, find it there, hand in."""
        item = self.items[claim.task]
        made = attempt(self.interface, item, me.expert, self.seed)
        page = me.web.submit(claim, form_fields(self.interface, made.answer), go_on=False)
        if page.status != CONFLICT:
            raise Surprise(f"An answer after its time was taken: {page.said()}")
        self.tally.count("late")
        self.answer(me, self._taken_again(me, claim), go_on=False)

    def _taken_again(self, me: ExpertAtWork, claim: Claim) -> Claim:
        """The same task, claimed anew; where a lock is in the way, asked for again in a moment."""
        deadline = time.monotonic() + PATIENCE
        while True:
            page = me.web.reclaim(self._reclaimable(me, claim))
            again = claim_of(page)
            if again is not None and again.task == claim.task:
                return again
            if time.monotonic() > deadline:
                raise Surprise(f"The same task was not given again: {page.said()}")
            time.sleep(1)

    def _reclaimable(self, me: ExpertAtWork, claim: Claim) -> Page:
        """The page of an expired claim, once the sweep has ended it."""
        deadline = time.monotonic() + PATIENCE
        path = f"/work/{claim.assignment}/"
        while not (page := me.web.browser.get(path)).has_form(action="/reclaim"):
            if time.monotonic() > deadline:
                raise Surprise(f"The claim did not expire: {page.said()}")
            time.sleep(0.2)
        return page
