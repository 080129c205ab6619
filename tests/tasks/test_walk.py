"""A random walk over everything that can happen to work, then the proof of the books."""

import datetime as dt
import random
from collections import Counter

import pytest
from django.conf import settings
from django.db.models import Count, F, Q

from accounts.selectors.actors import of_staff, of_user
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.ops import proof
from payments.selectors import balances
from tasks.actions import (
    adjudication,
    assignments,
    claims,
    expiry,
    matching,
    projects,
    reviews,
    settlement,
)
from tasks.actions import attention as troubled
from tasks.models import Assignment, LateAnswer, Result, Task
from tasks.selectors import attention, disputes
from tasks.states import HELD, LIVE
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("audited")]
STEPS = 120
REFUSALS = {
    "already_on_task",
    "cap_reached",
    "funds_short",
    "no_more_extensions",
    "no_more_returns",
    "nothing_to_claim",
    "nothing_to_review",
    "own_work",
    "stale_claim",
    "too_late",
    "wrong_state",
}
EACH = {"claim", "submit", "review", "jobs", "reclaim", "attend"}


class Walk:
    """People who do whatever comes to mind; a refusal is part of life, anything else is not."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.crowd = [work.expert() for _ in range(5)]
        self.paid_reviewer = work.expert(person=people.staff())
        self.staff = [people.staff(), self.paid_reviewer.user]
        self.projects = [
            work.project(tasks=4, overlap=2, fund=8000, review_percent=50),
            work.project(tasks=3, overlap=1, fund=2500, review_percent=100, domain="engineering"),
        ]
        self.seen = Counter()

    def run(self, steps=STEPS):
        for _ in range(steps):
            act = self.dice.choice(self.ACTS)
            try:
                act(self)
            except Refused as refusal:
                self.seen[refusal.code] += 1
            else:
                self.seen[act.__name__] += 1

    def own(self, **states):
        rows = list(Assignment.objects.select_related("annotator__user").filter(**states))
        return self.dice.choice(rows) if rows else None

    def claim(self):
        work.claim(self.dice.choice([*self.crowd, self.paid_reviewer]))

    def submit(self):
        row = self.own(state__in=HELD)
        if row:
            work.submit(row, self.dice.choice([work.RIGHT, work.RIGHT, work.WRONG]))

    def late(self):
        row = self.own(state="expired")
        if row:
            work.submit(row)

    def release(self):
        row = self.own(state__in=HELD)
        if row:
            work.release(row)

    def extend(self):
        row = self.own(state__in=HELD)
        if row:
            by = of_user(row.annotator.user)
            assignments.extend(assignment_id=row.pk, fence=row.fence, by=by)

    def reclaim(self):
        row = self.own(state__in=["expired", "released"])
        if row:
            claims.reclaim(assignment_id=row.pk, by=of_user(row.annotator.user))

    def review(self):
        person = self.dice.choice(self.staff)
        held = work.claim_review(person)
        if self.dice.random() < 0.2:
            reviews.release(review_assignment_id=held.pk, by=of_staff(person))
            return
        verdict = self.dice.choice(["accept", "accept", "return", "reject"])
        reviews.decide(
            review_assignment_id=held.pk,
            fence=held.fence,
            verdict=verdict,
            category="wrong",
            text=work.REASON,
            by=of_staff(person),
        )

    def jobs(self):
        for name in ("tasks.check_submission", "tasks.weigh_task", "tasks.wind_up_project"):
            work.run_jobs(name)

    def time(self):
        clock.advance(dt.timedelta(minutes=self.dice.choice([5, 25, 40])))

    def sweep(self):
        expiry.expire_assignments(by=work.BY)
        expiry.expire_reviews(by=work.BY)
        settlement.settle_rejections(by=work.BY)

    def adjudicate(self):
        for task in disputes.waiting():
            judge = people.staff()
            adjudication.decide(
                task_id=task.pk,
                answer=work.RIGHT,
                reason="Tried it.",
                by=of_staff(judge),
                user=judge,
            )

    def attend(self):
        for one in attention.waiting():
            act = self.dice.choice([troubled.put_back, troubled.put_back, troubled.cancel])
            act(task_id=one.task.pk, reason="Looked at it.", by=of_staff(self.staff[0]))

    def pause(self):
        row = self.dice.choice(self.projects)
        projects.pause(project_id=row.pk, by=work.BY)
        projects.resume(project_id=row.pk, by=work.BY)
        matching.refresh_project(project_id=row.pk)

    def close(self):
        if self.dice.random() < 0.1:
            projects.close(project_id=self.projects[1].pk, by=work.BY)

    ACTS = (claim, claim, claim, submit, submit, submit, submit, late, release, extend, reclaim)
    ACTS += (review, review, review, jobs, jobs, time, sweep, adjudicate, attend, pause, close)


def books_are_right(walk):
    assert proof.run() == []
    for project in walk.projects:
        pot = balances.pot(project.pot, "usd")
        fund = 8000 if project is walk.projects[0] else 2500
        assert pot.funds_minor + pot.reserved_minor + pot.spent_minor == fund
    live = Count("assignments", filter=Q(assignments__state__in=set(LIVE) - {"rejected"}))
    at_work = Task.objects.exclude(state="cancelled").annotate(live=live)
    assert not at_work.exclude(live=F("overlap") - F("open_slots")).exists()
    concluded = set(Task.objects.filter(state="concluded").values_list("pk", flat=True))
    assert concluded == set(Result.objects.values_list("task", flat=True))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_books_are_right(seed):
    walk = Walk(seed)
    walk.run()
    for _ in range(5):  # the dice refuse some acts for long: the walk goes on until each was done
        if set(walk.seen) >= EACH:
            break
        walk.run()
    books_are_right(walk)
    clock.advance(dt.timedelta(days=settings.APPEAL_DAYS + 1))
    walk.sweep()
    walk.jobs()
    books_are_right(walk)
    assert not Assignment.objects.filter(state__in=HELD).exists()
    assert set(walk.seen) >= EACH
    assert set(walk.seen) <= REFUSALS | {act.__name__ for act in Walk.ACTS}
    assert LateAnswer.objects.count() <= walk.seen["too_late"]
