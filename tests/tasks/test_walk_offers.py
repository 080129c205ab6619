"""The random walk with offers in it: plans, yes and no, run-outs, beside pulls of the same tasks."""

import datetime as dt

import pytest

from marketplace.core import clock
from tasks.models import Assignment, Offer, Project
from tests.support import factories_offers as push
from tests.support import factories_tasks as work
from tests.tasks.test_walk import REFUSALS, Walk, books_are_right

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("audited")]
OFFERS = {"offer_over", "offer_missed", "project_not_active"}
ACTED = {"plan", "accept", "decline", "run_out", "submit"}


class OfferWalk(Walk):
    """The same people, who are also asked."""

    def __init__(self, seed):
        super().__init__(seed)
        Project.objects.update(push=True, offer_minutes=30)

    def plan(self):
        push.plan(self.dice.choice(self.projects))

    def an_offer(self):
        """Any of the last ones, over or not."""
        rows = list(Offer.objects.select_related("annotator__user").order_by("-pk")[:12])
        return self.dice.choice(rows) if rows else None

    def accept(self):
        offer = self.an_offer()
        if offer:
            push.accept(offer)

    def decline(self):
        offer = self.an_offer()
        if offer:
            push.decline(offer, self.dice.choice(["not_now", "pay"]))
            work.run_jobs("tasks.move_up")

    def run_out(self):
        clock.advance(dt.timedelta(minutes=self.dice.choice([5, 31])))
        push.sweep()

    ACTS = (
        *(plan, plan, accept, accept, accept, accept, accept, decline, run_out),
        *(Walk.claim, Walk.submit, Walk.submit, Walk.release, Walk.review, Walk.jobs, Walk.sweep),
        *(Walk.pause, Walk.attend),
    )


def enough(walk):
    """Each act was done, and three offers were taken up."""
    taken_up = Offer.objects.filter(state="accepted").count()
    return set(walk.seen) >= ACTED and taken_up >= 3


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_said_to_offers_the_books_are_right(seed):
    walk = OfferWalk(seed)
    walk.run(160)
    for _ in range(
        5
    ):  # what the dice refuse hangs on random ids: on until there is enough to look at
        if enough(walk):
            break
        walk.run(60)
    books_are_right(walk)
    clock.advance(dt.timedelta(hours=1))
    while push.sweep():
        clock.advance(dt.timedelta(hours=1))
    assert not Offer.objects.filter(state="offered").exists()
    assert enough(walk)
    for offer in Offer.objects.filter(state="accepted"):
        pair = {"task": offer.task_id, "annotator": offer.annotator_id}
        assert Assignment.objects.filter(**pair, claimed_at__gte=offer.made_at).exists()
    assert set(walk.seen) <= REFUSALS | OFFERS | {act.__name__ for act in OfferWalk.ACTS}
