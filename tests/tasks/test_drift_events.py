"""Drift makes an estimate wider, moves its middle not at all, and counts once."""

import pytest

from marketplace.core.registry import SWEEPS
from tasks.actions import learning
from tasks.models import Skill, SkillEvent
from tasks.states import SkillEventKind
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def answers(who, right):
    for n, good in enumerate(right):
        learning.learn(
            annotator_id=who.pk,
            domain="law",
            kind=SkillEventKind.GOLD,
            key=f"gold:{who.pk}:{n}",
            share=float(good),
            weight=1.0,
            by=work.BY,
        )


def test_a_fall_widens_the_estimate_once_and_is_no_act():
    steady, fallen = people.annotator(), people.annotator()
    answers(steady, [True] * 60)
    answers(fallen, [True] * 40 + [False] * 12 + [True] * 8)
    before = Skill.objects.get(annotator=fallen)
    for _ in range(2):
        SWEEPS["tasks.watch_drift"].run()
    event = SkillEvent.objects.get(kind="drift")
    after = Skill.objects.get(annotator=fallen)
    assert (event.annotator_id, event.weight) == (fallen.pk, 0.5)
    assert (after.alpha, after.beta) == (before.alpha / 2, before.beta / 2)
    assert after.lower < before.lower
    assert after.upper > before.upper
    assert "The middle stays" in event.formula
    assert not fallen.adverse_acts.exists()


def test_what_a_drift_halved_is_undone_by_half():
    who = people.annotator()
    answers(who, [True] * 40 + [False] * 12 + [True] * 8)
    SWEEPS["tasks.watch_drift"].run()
    before = Skill.objects.get(annotator=who)
    learning.undo(key=f"gold:{who.pk}:45", why="Won.", by=work.BY)
    after = Skill.objects.get(annotator=who)
    assert (after.alpha, after.beta) == (before.alpha, before.beta - 0.5)
