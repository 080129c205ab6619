"""What gold has taught is taken back, and taught again, in parts that survive each other."""

import uuid

import pytest

from marketplace.core import outbox
from marketplace.core.clock import Now
from marketplace.core.models import OutboxMessage
from tasks.actions import gold as actions
from tasks.models import Gold, GoldAnswer, ReviewCheck
from tests.support import factories_gold as gold
from tests.support import factories_tasks as work
from tests.support.factories_gold import answered, good, in_quarantine, skill, standing
from tests.support.factories_tasks import BY

pytestmark = pytest.mark.django_db


def settled():
    """The answers that do not count any more."""
    return GoldAnswer.objects.filter(counts=False).count()


def test_a_quarantine_is_settled_in_parts_each_answer_once():
    _, _, plain, people = in_quarantine()
    promise = OutboxMessage.objects.filter(job="tasks.settle_gold")
    promise.delete()
    after = actions.FIRST
    for number in range(1, 5):
        assert actions.settle(gold_id=Gold.objects.get().pk, by=BY, after=after, seconds=0) == 1
        assert settled() == number
        after = uuid.UUID(promise.get().args["after"])
        promise.delete()
    assert actions.settle(gold_id=Gold.objects.get().pk, by=BY, after=after, seconds=0) == 0
    assert not promise.exists()
    assert [skill(who) for who in people] == [(40, 2, 40)] * 3
    assert standing(plain) == (1, 1, 0)


def test_a_run_that_fails_halfway_keeps_its_half_and_the_next_does_the_rest(monkeypatch):
    _, _, _, people = in_quarantine()
    row = OutboxMessage.objects.get(job="tasks.settle_gold")
    undo = actions.learning.undo

    def third_fails(**values):
        if settled() == 3:
            raise ValueError("x")
        return undo(**values)

    monkeypatch.setattr(actions.learning, "undo", third_fails)
    outbox.run(outbox.take(row.pk))
    assert settled() == 2
    row.refresh_from_db()
    assert (row.state, row.last_error) == ("pending", "ValueError: x")
    monkeypatch.undo()
    OutboxMessage.objects.filter(pk=row.pk).update(due_at=Now())
    outbox.run(outbox.take(row.pk))
    assert settled() == 4
    assert not OutboxMessage.objects.filter(pk=row.pk).exists()
    assert [skill(who) for who in people] == [(40, 2, 40)] * 3


def test_each_review_is_checked_once_when_gold_counts_again(monkeypatch):
    gold.project(gold=1, tasks=9)
    reviews = [work.review(answered(good(), work.WRONG), "accept").pk for _ in range(3)]
    work.run_jobs("tasks.settle_gold")
    Gold.objects.update(state="active", quarantined_why="")
    checked, check = [], actions.check_reviewer

    def counting(review, *, by):
        checked.append(review.pk)
        return check(review, by=by)

    monkeypatch.setattr(actions, "check_reviewer", counting)
    assert actions.settle(gold_id=Gold.objects.get().pk, by=BY) == 3
    assert sorted(checked) == sorted(reviews)
    assert ReviewCheck.objects.filter(source="gold").count() == 3
