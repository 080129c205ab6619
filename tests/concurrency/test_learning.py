"""Two jobs that teach the same skill at once: nothing is lost, nothing counts twice."""

import pytest

from marketplace.core.actors import job
from tasks.actions import learning
from tasks.models import Skill, SkillEvent
from tasks.states import SkillEventKind
from tests.support import factories_accounts as people
from tests.support.races import Gate, at_once, times, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
BY = job("tests")


def learn(who, key):
    return learning.learn(
        annotator_id=who.pk,
        domain="law",
        kind=SkillEventKind.GOLD,
        key=key,
        share=1.0,
        weight=1.0,
        by=BY,
    )


def alpha(who):
    return Skill.objects.get(annotator=who).alpha


def test_the_same_cause_counts_once():
    who = people.annotator()
    events = values(times(8, lambda: learn(who, "gold:1")))
    assert sum(event is not None for event in events) == 1
    assert (alpha(who), SkillEvent.objects.count()) == (4, 1)


def test_different_causes_all_count():
    who = people.annotator()
    calls = [lambda n=n: learn(who, f"gold:{n}") for n in range(8)]
    assert all(values(at_once(*calls)))
    assert (alpha(who), SkillEvent.objects.count()) == (11, 8)


def test_an_event_is_undone_once():
    who = people.annotator()
    learn(who, "gold:1")
    learn(who, "gold:2")
    undone = values(times(6, lambda: learning.undo(key="gold:1", why="Won.", by=BY)))
    assert sum(event is not None for event in undone) == 1
    assert alpha(who) == 4


def test_control_without_the_lock_an_answer_is_lost(monkeypatch):
    who = people.annotator()
    learn(who, "gold:0")
    gate = Gate(2)

    def unlocked(annotator_id, domain):
        found = Skill.objects.get(annotator_id=annotator_id, domain_id=domain)
        gate.wait()
        return found

    monkeypatch.setattr(learning, "locked", unlocked)
    calls = [lambda n=n: learn(who, f"gold:{n}") for n in (1, 2)]
    assert all(values(at_once(*calls)))
    assert SkillEvent.objects.count() == 3
    assert alpha(who) == 5  # and not 6
