"""The report's figures find what they look for: each is shown on planted rows."""

import pytest
from django.db import connection

from marketplace.ops import figures
from marketplace.ops.figures import Money
from payments.actions.earnings import mature
from tasks.actions import expiry
from tasks.models import Assignment, Task
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def sql(statement, *values):
    """Past every rule."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def claimed():
    """Two claims on a task that needs two answers."""
    one, two = work.expert(), work.expert()
    work.project(tasks=1, overlap=2)
    return work.claim(one), work.claim(two)


def test_claims_within_the_slots_are_not_doubles():
    first, _ = claimed()
    assert figures.claims_double() == 0
    work.release(first)
    work.claim(work.expert())
    assert figures.claims_double() == 0
    assert figures.claims("claimed") == 2
    assert figures.claims("released") == 1


def test_one_claim_more_than_slots_is_found():
    claimed()
    Task.objects.update(overlap=1)
    assert figures.claims_double() == 1


def test_a_claim_made_before_the_slot_was_free_is_found():
    first, second = claimed()
    Task.objects.update(overlap=1)
    assert figures.claims_double() == 1
    # given back before the other began: one after the other is right
    Assignment.objects.filter(pk=first.pk).update(state="released", final_at=second.claimed_at)
    assert figures.claims_double() == 0


def test_the_same_annotator_twice_is_found():
    first, _ = claimed()
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    for name in unique_indexes():
        sql(f"ALTER TABLE tasks_assignment DROP CONSTRAINT IF EXISTS {name}")
        sql(f"DROP INDEX IF EXISTS {name}")
    sql("UPDATE tasks_task SET overlap = 9")
    sql("UPDATE tasks_assignment SET annotator_id = %s", first.annotator_id)
    assert figures.claims_double() == 1


def unique_indexes():
    """The guards against two live claims of one annotator."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'tasks_assignment'"
            " AND indexdef LIKE 'CREATE UNIQUE%%annotator_id%%'"
        )
        return [name for (name,) in cursor.fetchall()]


def test_what_is_under_way_is_named():
    assert figures.standing() == "Under way: nothing."
    first, _ = claimed()
    work.submit(first)
    told = figures.standing()
    assert told.startswith("Under way: answers claimed 1, answers submitted 1, jobs pending ")
    assert told.endswith(", tasks filled 1.")


def test_money_is_counted_where_it_lies():
    who = work.expert()
    work.project(tasks=2, review_percent=0, fund=10_000)
    work.check(work.submit(work.claim(who)))
    work.claim(who)
    assert figures.ledger_sum() == 0
    assert figures.audit_entries() > 0
    assert figures.money("usd") == Money(
        deposits_minor=10_000,
        paid_minor=0,
        owed_minor=500,
        fees_minor=100,
        left_minor=9_400,
        reserved_minor=600,
    )
    assert figures.money("eur") == Money(0, 0, 0, 0, 0, 0)
    assert (figures.held_minor("usd"), figures.waiting_minor("usd", 501)) == (500, 500)
    sql("UPDATE payments_earning SET hold_until = core_now()")
    assert mature(by=work.BY) == 1
    assert figures.held_minor("usd") == 0
    assert figures.waiting_minor("usd", 500) == 500
    assert figures.waiting_minor("usd", 501) == 0


def test_an_expired_claim_is_counted():
    row = work.claim(work.project(tasks=1) and work.expert())
    Assignment.objects.filter(pk=row.pk).update(leased_until=row.claimed_at)
    assert expiry.expire_assignments(by=work.BY) == 1
    assert figures.claims("expired") == 1
