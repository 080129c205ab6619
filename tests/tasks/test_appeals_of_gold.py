"""An answer that gold calls wrong is found right: what it taught is undone, the gold is doubted."""

import datetime as dt

import pytest

from accounts.selectors.actors import of_user
from marketplace.core import clock
from marketplace.core.registry import SWEEPS
from tasks.actions import appeals
from tasks.actions import gold as gold_actions
from tasks.models import Gold, GoldAnswer, Skill, SkillEvent
from tests.support import factories_gold as gold
from tests.support import factories_tasks as work
from tests.tasks.test_appeals import TEXT, appeal, decide

pytestmark = pytest.mark.django_db


def on_gold():
    """An answer that the gold calls wrong."""
    gold.project(gold=1, tasks=9, known={"answer": work.WRONG})
    row = work.claim(work.expert())
    submission = work.submit(row, work.RIGHT)
    work.check(submission)
    return row, submission


def gold_counts():
    known = Gold.objects.get()
    return known.seen, known.right, known.good_seen, known.good_right, known.state


@pytest.mark.parametrize("good_seen", [0, 2])
def test_a_won_appeal_of_a_gold_answer_undoes_its_loss_and_speaks_against_the_gold(good_seen):
    row, submission = on_gold()
    Gold.objects.update(seen=3, good_seen=good_seen)
    work.review(submission, "reject")
    assert Skill.objects.get().beta == 2
    row.refresh_from_db()
    appeal(row)
    decide("accept")
    assert GoldAnswer.objects.get().counts is False
    assert SkillEvent.objects.get(undoes__key=f"gold:{submission.pk}").kind == "reversal"
    assert Skill.objects.filter(alpha=4, beta=1, gold_seen=0).exists()
    state = "quarantined" if good_seen == 2 else "active"
    assert gold_counts() == (3, 0, good_seen + 1, 0, state)
    Gold.objects.update(state="active", quarantined_why="")
    assert gold_actions.settle(gold_id=row.task_id, by=work.BY) == 0


def test_a_lapsed_appeal_of_a_gold_answer_undoes_its_loss_and_says_nothing_of_the_gold():
    row, submission = on_gold()
    work.review(submission, "reject")
    row.refresh_from_db()
    appeal(row)
    clock.advance(dt.timedelta(hours=72))
    SWEEPS["tasks.lapse_appeals"].run()
    assert GoldAnswer.objects.get().counts is False
    assert Skill.objects.filter(alpha=4, beta=1, gold_seen=0).exists()
    assert gold_counts() == (1, 0, 0, 0, "active")


def test_an_answer_fixed_to_the_known_one_keeps_the_loss():
    row, submission = on_gold()
    work.review(submission, "reject")
    row.refresh_from_db()
    appeal(row)
    decide("fix", answer=work.WRONG)
    row.refresh_from_db()
    assert (row.state, GoldAnswer.objects.get().counts) == ("accepted", True)
    assert gold_counts() == (1, 0, 0, 0, "active")


def test_the_event_of_gold_is_appealed_with_the_same_consequences():
    row, submission = on_gold()
    work.review(submission)
    event = SkillEvent.objects.get(key=f"gold:{submission.pk}")
    appeals.against_event(event_id=event.pk, text=TEXT, by=of_user(row.annotator.user))
    decide("accept")
    assert GoldAnswer.objects.get().counts is False
    assert SkillEvent.objects.filter(undoes=event).count() == 1
    assert gold_counts() == (1, 0, 1, 0, "active")
