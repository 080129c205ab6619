"""A rejection that was wrong is repaired: pay, slot, skill and adverse act, once."""

import pytest
from django.db import transaction

from accounts.models import AdverseAct
from marketplace.core.actors import job
from marketplace.core.errors import Refused
from payments.models import Earning, Reservation
from tasks.actions import gold_marks, learning, verdicts
from tasks.actions.locking import lock_assignment
from tasks.models import Assignment, Project, Result, Review, Skill, SkillEvent, Task
from tasks.states import SkillEventKind
from tests.support import factories_tasks as work
from tests.support.desk import told

BY = job("tests")
WHY = "Another reviewer found it right."


def rejected(**plan):
    """An answer that was rejected, of the only task of a project."""
    work.project(**plan)
    row = work.claim(work.expert())
    work.review(work.submit(row), "reject")
    return row


def overturn(row):
    with transaction.atomic():
        return verdicts.overturn(lock_assignment(row.pk), why=WHY, by=BY)


def task_of(row):
    return Task.objects.values("state", "overlap", "open_slots").get(pk=row.task_id)


@pytest.mark.django_db
def test_pay_slot_and_act_are_repaired_once():
    row = rejected()
    assert task_of(row) == {"state": "open", "overlap": 1, "open_slots": 1}
    assert overturn(row) is True
    assert overturn(row) is False
    row.refresh_from_db()
    assert row.state == "accepted"
    assert row.final_at is not None
    assert task_of(row) == {"state": "filled", "overlap": 1, "open_slots": 0}
    assert Earning.objects.get(source=row.holder).amount_minor == 500
    assert Reservation.objects.get(holder=row.holder).state == "spent"
    act = AdverseAct.objects.get()
    assert (act.pk, act.reversed_why) == (row.adverse_act_id, WHY)
    assert told(row.annotator)[-1][1].endswith(f"accepted after all, and paid. {WHY}")
    work.run_jobs("tasks.weigh_task")
    assert Task.objects.get().state == "concluded"


@pytest.mark.django_db
def test_a_refilled_slot_makes_it_one_answer_more():
    row = rejected()
    other = work.submit(work.claim(work.expert()))
    assert task_of(row) == {"state": "filled", "overlap": 1, "open_slots": 0}
    overturn(row)
    assert task_of(row) == {"state": "filled", "overlap": 2, "open_slots": 0}
    work.review(other)
    work.run_jobs("tasks.weigh_task")
    assert task_of(row)["state"] == "concluded"
    assert Earning.objects.filter(source__startswith="assignment:").count() == 2


@pytest.mark.django_db
def test_of_two_free_slots_one_is_taken_back():
    row = rejected(overlap=2)
    assert task_of(row) == {"state": "open", "overlap": 2, "open_slots": 2}
    overturn(row)
    assert task_of(row) == {"state": "open", "overlap": 2, "open_slots": 1}


@pytest.mark.django_db
def test_a_task_cancelled_meanwhile_gets_its_answer():
    work.project()
    row = work.claim(work.expert())
    submission = work.submit(row)
    Project.objects.update(state="closed")
    work.review(submission, "reject")
    assert task_of(row)["state"] == "cancelled"
    overturn(row)
    work.run_jobs("tasks.weigh_task")
    assert task_of(row) == {"state": "concluded", "overlap": 1, "open_slots": 0}


@pytest.mark.django_db
def test_what_the_rejection_taught_is_undone():
    row = rejected()
    review = Review.objects.get()
    learning.learn(
        annotator_id=row.annotator_id,
        domain=work.DOMAIN,
        kind=SkillEventKind.REVIEW,
        key=f"review:{review.pk}",
        share=0.0,
        weight=0.5,
        by=BY,
    )
    overturn(row)
    skill = Skill.objects.get()
    assert (skill.alpha, skill.beta) == (4, 1)
    assert list(SkillEvent.objects.order_by("at").values_list("kind", flat=True)) == [
        "review",
        "reversal",
    ]


@pytest.mark.django_db
def test_a_final_rejection_stays():
    row = rejected()
    with transaction.atomic():
        held = lock_assignment(row.pk)
        held.final_at = held.decided_at
        held.save()
    with pytest.raises(Refused) as refused:
        overturn(row)
    assert refused.value.code == "rejection_final"


@pytest.mark.django_db
def test_a_retired_gold_task_gets_no_result():
    project = work.project(tasks=1)
    task = Task.objects.get()
    known = {"answer": work.RIGHT}
    gold_marks.put(project_id=project.pk, task_id=task.pk, known=known, by=BY)
    work.project(tasks=1)  # what is not gold
    row = work.claim(work.expert())
    Assignment.objects.filter(pk=row.pk).update(task=task, project=project)
    row = Assignment.objects.select_related("annotator__user").get()
    work.review(work.submit(row, work.WRONG), "reject")
    gold_marks.retire(project_id=project.pk, task_id=task.pk, by=BY)
    overturn(row)
    work.run_jobs("tasks.weigh_task")
    row.refresh_from_db()
    assert row.state == "accepted"
    assert task_of(row) == {"state": "cancelled", "overlap": 1, "open_slots": 0}
    assert Result.objects.count() == 0
