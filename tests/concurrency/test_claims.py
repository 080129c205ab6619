"""Claims at once: every task once, every cap kept, nothing passed over. Each with its control."""

import threading
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F

from accounts.models import AnnotatorProfile
from marketplace.core.ids import new_id
from payments.models import LedgerLeg, Reservation
from tasks.matching.claim import CREATE
from tasks.models import Assignment, CollusionMember, Task
from tests.support import factories_tasks as work
from tests.support.races import Gate, at_once, codes, times, values

FELLOWS = new_id()
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def experts(number):
    return [work.expert() for _ in range(number)]


def test_64_threads_claim_64_tasks_each_once():
    crowd = experts(64)
    work.project(tasks=64)
    outcomes = at_once(*[lambda who=who: work.claim(who) for who in crowd])
    rows = values(outcomes)
    assert codes(outcomes) == []
    assert len({row.task_id for row in rows}) == len({row.annotator_id for row in rows}) == 64
    assert set(Task.objects.values_list("state", "open_slots")) == {("filled", 0)}
    assert Assignment.objects.count() == 64
    assert Reservation.objects.filter(state="held").count() == 64
    assert sum(LedgerLeg.objects.values_list("amount", flat=True)) == 0


def test_control_a_claim_without_the_lock_hands_out_doubles():
    """What the lock is for: read the head of the queue, then write, as an ORM would."""
    crowd = experts(8)
    project = work.project(tasks=8)
    gate = Gate(8)

    def unlocked(who):
        with transaction.atomic():
            task = Task.objects.filter(project=project, state="open").order_by("id")[0]
            gate.wait()
            Assignment.objects.create(
                task=task,
                project=project,
                annotator=who,
                currency="usd",
                price_minor=1,
                fee_minor=0,
                guideline_version=1,
                leased_until=task.created_at,
            )
            Task.objects.filter(pk=task.pk).update(state="filled", open_slots=0)

    values(at_once(*[lambda who=who: unlocked(who) for who in crowd]))
    doubles = Task.objects.annotate(n=Count("assignments")).filter(n__gt=F("overlap"))
    assert [task.n for task in doubles] == [8]


def test_overlap_is_filled_exactly_and_by_different_people():
    crowd = experts(24)
    work.project(tasks=5, overlap=3)
    outcomes = at_once(*[lambda who=who: work.claim(who) for who in crowd])
    rows = values(outcomes)
    assert len(rows) == 15
    assert codes(outcomes) == ["nothing_to_claim"] * 9
    assert len({(row.task_id, row.annotator_id) for row in rows}) == 15
    assert set(Task.objects.annotate(n=Count("assignments")).values_list("n", "state")) == {
        (3, "filled")
    }


def test_a_task_another_claim_holds_is_waited_for_not_called_nothing():
    """One task with two slots, two claims at once: both get one, in every round."""
    for _ in range(5):
        pair = experts(2)
        project = work.project(tasks=1, overlap=2)
        rows = values(
            at_once(*[lambda w=w, p=project: work.claim(w, project_id=p.pk) for w in pair])
        )
        assert len({row.annotator_id for row in rows}) == 2


def test_16_claims_of_one_annotator_at_once_give_exactly_the_cap():
    who = work.expert()
    work.project(tasks=20)
    outcomes = times(16, lambda: work.claim(who))
    assert len({row.task_id for row in values(outcomes)}) == settings.OPEN_CLAIMS_MAX == 3
    assert codes(outcomes) == ["cap_reached"] * 13
    assert Assignment.objects.filter(annotator=who).count() == 3


@contextmanager
def claims_by(text):
    """The claim function with another text, for a control; ours is put back."""
    with connection.cursor() as cursor:
        cursor.execute(text)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(CREATE)


def test_control_without_the_annotators_lock_the_cap_does_not_hold():
    """What the lock is for: all count before any of them has written."""
    who = work.expert()
    work.project(tasks=20)
    unlocked = CREATE.replace(" FOR NO KEY UPDATE;", ";").replace(
        "    FOR pass IN 1..2 LOOP", "    PERFORM pg_sleep(0.5);\n    FOR pass IN 1..2 LOOP"
    )
    assert unlocked.count("FOR NO KEY UPDATE;") == 0
    with claims_by(unlocked):
        assert len(values(times(6, lambda: work.claim(who)))) > settings.OPEN_CLAIMS_MAX


def test_a_lock_that_does_not_come_is_the_queue_being_busy():
    who = work.expert()
    work.project()
    taken, asked = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            AnnotatorProfile.objects.select_for_update(no_key=True).get(pk=who.pk)
            taken.set()
            asked.wait(10)

    def ask():
        taken.wait(10)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = 200")
            return work.claim(who)
        finally:
            asked.set()

    assert codes(at_once(hold, ask)) == ["busy"]
    assert work.claim(who).state == "claimed"


def test_money_for_two_is_claimed_twice_and_the_rest_is_told_why():
    """Scenario 17: six claims race for money that pays two."""
    crowd = experts(6)
    project = work.project(tasks=6, fund=1200)
    outcomes = at_once(*[lambda who=who: work.claim(who) for who in crowd])
    assert len(values(outcomes)) == 2
    assert codes(outcomes) == ["funds_short"] * 4
    project.refresh_from_db()
    assert project.funds_short_at is not None
    assert Task.objects.filter(state="open").count() == 4
    assert Assignment.objects.count() == Reservation.objects.count() == 2


class Counted:
    """Statements sent, savepoints and transaction control left out."""

    def __init__(self):
        self.statements = []

    def __call__(self, execute, sql, params, many, context):
        if not sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK")):
            self.statements.append(sql)
        return execute(sql, params, many, context)


def counted_claim(who):
    counter = Counted()
    with connection.execute_wrapper(counter):
        row = work.claim(who)
    assert row.state == "claimed"
    return counter.statements


def test_a_claim_is_one_statement_however_many_are_open():
    first, second, filler = experts(3)
    project = work.project(tasks=1010, fund=100_000_000)
    few = counted_claim(first)
    tasks = list(Task.objects.filter(state="open").order_by("-id")[:1000])
    Assignment.objects.bulk_create(
        Assignment(
            task=task,
            project=project,
            annotator=filler,
            currency="usd",
            price_minor=500,
            fee_minor=100,
            guideline_version=1,
            leased_until=task.created_at,
        )
        for task in tasks
    )
    Task.objects.filter(pk__in=[t.pk for t in tasks]).update(state="filled", open_slots=0)
    many = counted_claim(second)
    assert len(few) == 1
    assert [statement.split("WHERE")[0] for statement in few] == [
        statement.split("WHERE")[0] for statement in many
    ]


def two_who_answer_together_at_once(text):
    """Both ask for the one task with two places; the second finds it locked and waits."""
    pair = experts(2)
    for who in pair:
        CollusionMember.objects.create(annotator=who, component=FELLOWS, reason="Same errors")
    work.project(tasks=1, overlap=2)
    slow = text.replace(
        "            INSERT INTO tasks_assignment (",
        "            PERFORM pg_sleep(0.4);\n            INSERT INTO tasks_assignment (",
    )
    assert slow != text
    with claims_by(slow):
        return at_once(*[lambda who=who: work.claim(who) for who in pair])


def test_those_who_answer_together_do_not_meet_on_a_task_however_close_they_come():
    outcomes = two_who_answer_together_at_once(CREATE)
    assert len(values(outcomes)) == 1
    assert codes(outcomes) == ["nothing_to_claim"]


def test_control_without_the_second_look_they_meet():
    i, j = (
        CREATE.index("EXIT WHEN picked IS NULL OR EXISTS ("),
        CREATE.index("picked := NULL;\n                END LOOP;"),
    )
    blind = CREATE[:i] + "EXIT;\n                    " + CREATE[j:]
    assert len(values(two_who_answer_together_at_once(blind))) == 2
