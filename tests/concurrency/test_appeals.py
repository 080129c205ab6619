"""An appeal that is decided while it lapses is repaired once."""

import datetime as dt

import pytest

from accounts.selectors.actors import of_staff, of_user
from marketplace.core import clock
from marketplace.core.actors import job
from marketplace.core.models import AuditEntry
from payments.models import Earning
from tasks.actions import appeals, learning, reviews, verdicts
from tasks.models import Appeal, Assignment, Review, Skill, SkillEvent, Task
from tasks.states import SkillEventKind
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.races import Gate, at_once, times, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
BY = job("tests")
TEXT = "The guideline says in section two that this counts as correct."


def appealed():
    """A rejection that has taught, its slot refilled, appealed; a reviewer has the appeal in hand
    when its time ends."""
    work.project()
    row = work.claim(work.expert())
    work.review(work.submit(row), "reject")
    learning.learn(
        annotator_id=row.annotator_id,
        domain=work.DOMAIN,
        kind=SkillEventKind.REVIEW,
        key=f"review:{Review.objects.get().pk}",
        share=0.0,
        weight=0.5,
        by=BY,
    )
    work.claim(work.expert())
    appeals.against_rejection(assignment_id=row.pk, text=TEXT, by=of_user(row.annotator.user))
    clock.advance(dt.timedelta(hours=71, minutes=55))
    person = people.staff()
    held = reviews.claim_next(by=of_staff(person), user=person)
    clock.advance(dt.timedelta(minutes=6))
    return row, person, held


def accept(person, held):
    return reviews.decide(
        review_assignment_id=held.pk, fence=held.fence, verdict="accept", by=of_staff(person)
    )


def lapse():
    """The sweep leaves what is locked to its next run."""
    return sum(appeals.lapse(by=BY) for _ in range(20))


def repairs():
    return AuditEntry.objects.filter(verb="rejection_overturned").count()


@pytest.mark.parametrize("_round", range(3))
def test_decided_while_lapsing_it_is_repaired_once(_round):
    row, person, held = appealed()
    values(at_once(lambda: accept(person, held), lapse))
    lapse()
    row.refresh_from_db()
    assert row.state == "accepted"
    assert Appeal.objects.get().state in ("won", "lapsed")
    assert repairs() == 1
    assert Earning.objects.filter(source=row.holder).count() == 1
    assert SkillEvent.objects.filter(kind="reversal").count() == 1
    assert Skill.objects.get().beta == 1
    assert Task.objects.get().overlap == 2


def test_six_sweeps_at_once_repair_it_once():
    row, _person, _held = appealed()
    assert sum(values(times(6, lapse))) == 1
    assert (repairs(), Task.objects.get().overlap) == (1, 2)
    assert Earning.objects.filter(source=row.holder).count() == 1


def test_control_without_the_locks_it_is_repaired_twice(monkeypatch):
    appealed()
    gate = Gate(2, timeout=30)

    def unlocked(assignment_id, *, skip_locked=False):
        return Assignment.objects.select_related("project", "annotator", "task").get(
            pk=assignment_id
        )

    def read(request_id):
        found = Appeal.objects.get(request=request_id)
        gate.wait()  # both have read it before either writes
        return found

    monkeypatch.setattr(appeals, "lock_assignment", unlocked)
    monkeypatch.setattr(appeals, "_locked", read)
    overturned = []

    def overturn(row, **_values):
        overturned.append(row.pk)

    monkeypatch.setattr(verdicts, "overturn", overturn)
    assert values(times(2, lambda: appeals.lapse(by=BY))) == [1, 1]
    assert len(overturned) == 2
