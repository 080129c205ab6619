"""What an answer was worth moves a skill once, and the history says how."""

import pytest
from django.db import DatabaseError, connection, transaction

from marketplace.core.actors import job
from tasks.actions import learning, skills
from tasks.models import Skill, SkillEvent
from tasks.quality.skill import interval
from tasks.states import SkillEventKind
from tests.support import factories_accounts as people
from tests.support.desk import acts, promised

BY = job("tests")


def learn(who, *, key="gold:1", share=1.0, weight=1.0, kind=SkillEventKind.GOLD, domain="law"):
    return learning.learn(
        annotator_id=who.pk, domain=domain, kind=kind, key=key, share=share, weight=weight, by=BY
    )


def numbers(who, domain="law"):
    row = Skill.objects.get(annotator=who, domain=domain)
    return row.alpha, row.beta, row.gold_seen


@pytest.mark.django_db
def test_an_answer_counts_once_and_the_event_says_how():
    who = people.annotator()
    event = learn(who, share=0.5, weight=0.5, kind=SkillEventKind.REVIEW, key="review:1")
    assert learn(who, key="review:1", share=0.0) is None
    assert numbers(who) == (3.25, 2.25, 0)
    before, after = interval(3, 2), interval(3.25, 2.25)
    row = SkillEvent.objects.get()
    assert row == event
    assert (row.alpha_before, row.beta_before, row.alpha_after, row.beta_after) == (
        3,
        2,
        3.25,
        2.25,
    )
    assert [row.lower_before, row.upper_before] == [before.lower, before.upper]
    assert [row.lower_after, row.upper_after] == [after.lower, after.upper]
    assert row.formula == (
        "Beta(3 + 0.25, 2 + 0.25) = Beta(3.25, 2.25):"
        " A reviewer's final verdict, right by 50%, weight 0.5."
    )
    assert acts("skill_moved") == [("job", "skill_moved", "")]


@pytest.mark.django_db
def test_a_skill_starts_where_the_pool_stands():
    proven = people.annotator(domains=("law",))
    people.verified_credential(proven, "law")
    learn(proven)
    assert numbers(proven) == (5, 1, 1)
    for _ in range(9):
        skills.record(
            annotator_id=people.annotator().pk, domain="law", alpha=7, beta=3, gold_seen=0, by=BY
        )
    learn(proven, key="gold:2", share=0.2)  # alpha 5.2 of 7: the tenth
    who = people.annotator()
    learn(who, key="gold:3", share=0.0)
    mean = (9 * 0.7 + 5.2 / 7) / 10
    alpha, beta, _ = numbers(who)
    assert [alpha, beta] == pytest.approx([5 * mean, 5 * (1 - mean) + 1])


@pytest.mark.django_db
def test_an_event_is_undone_by_another_once():
    who = people.annotator()
    learn(who, share=0.0)
    learn(who, key="gold:2")
    event = learning.undo(key="gold:1", why="The appeal was won.", by=BY)
    assert numbers(who) == (4, 2, 1)
    assert (event.kind, event.undoes.key, event.weight) == ("reversal", "gold:1", 1)
    assert event.formula == (
        "Beta(4 - 0, 3 - 1) = Beta(4, 2): an earlier event is undone. The appeal was won."
    )
    assert learning.undo(key="gold:1", why="Again.", by=BY) is None
    assert learning.undo(key="gold:9", why="None such.", by=BY) is None
    assert learning.undo(key=event.key, why="Of an undoing.", by=BY) is None
    assert SkillEvent.objects.count() == 3


@pytest.mark.django_db
def test_nothing_is_undone_of_what_was_set_anew_since():
    who = people.annotator()
    learn(who, share=0.0)
    skills.record(annotator_id=who.pk, domain="law", alpha=9, beta=2, gold_seen=4, by=BY)
    learning.undo(key="gold:1", why="Won.", by=BY)
    assert numbers(who) == (9, 2, 4)
    event = SkillEvent.objects.get(kind="set")
    assert (event.alpha_before, event.alpha_after, event.formula) == (3, 9, "Set to Beta(9, 2).")


@pytest.mark.django_db
def test_matching_hears_of_what_matters_only():
    who = people.annotator()
    skills.record(annotator_id=who.pk, domain="law", alpha=9e5, beta=1e5, gold_seen=28, by=BY)
    known = len(promised("tasks.refresh_annotator"))
    learn(who)
    assert len(promised("tasks.refresh_annotator")) == known
    learn(who, key="gold:2")
    assert numbers(who)[2] == 30
    assert len(promised("tasks.refresh_annotator")) == known + 1
    learn(people.annotator(), key="gold:3")
    assert len(promised("tasks.refresh_annotator")) == known + 2


@pytest.mark.django_db
@pytest.mark.parametrize(("share", "weight"), [(-0.1, 1), (1.1, 1), (1, 0)])
def test_impossible_answers_teach_nothing(share, weight):
    with pytest.raises(ValueError, match="right by 0 to 1"):
        learn(people.annotator(), share=share, weight=weight)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tasks_skillevent SET weight = 0",
        "DELETE FROM tasks_skillevent",
        "TRUNCATE tasks_skillevent CASCADE",
    ],
)
def test_postgresql_keeps_events_as_they_are(statement):
    learn(people.annotator())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            cursor.execute(statement)
        cursor.execute("SELECT weight FROM tasks_skillevent")
        assert cursor.fetchall() == [(1.0,)]
