"""A price that changes while a claim is made: the claim has the old one or the new one, whole."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from payments.models import Reservation
from tasks.actions import pricing
from tasks.matching.claim import CREATE
from tasks.models import Assignment, Project, Task
from tests.support import factories_tasks as work
from tests.support.races import at_once, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
HOUR = {"model": "hourly", "cap_minutes": 30}
BONUS = {"model": "submission", "bonus": {"measure": "unchanged", "most_bps": 2000}}
# What a claim promises: the most, the rate of its quote (none without rules), and the fee.
PLAIN_1000, HOUR_6000, BONUS_2000 = (1000, None, 200), (3000, 6000, 600), (2400, 2000, 480)
PRICES = {PLAIN_1000: (1000, {}), HOUR_6000: (6000, HOUR), BONUS_2000: (2000, BONUS)}
_ONE_LOOK = "SELECT found.quote, coalesce("


def promised(row):
    row.refresh_from_db()
    promise = Reservation.objects.get(holder=row.holder)
    assert (promise.price_minor, promise.fee_minor) == (row.price_minor, row.fee_minor)
    return row.price_minor, row.quote.get("rate_minor"), row.fee_minor


def waits():
    """Until some other connection waits for a lock."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if cursor.fetchone():
                return
        time.sleep(0.01)
    raise TimeoutError("Nobody waits.")


def changed_inside_a_claim(before, after):
    """The claim has looked at the project and waits for its task when the price changes."""
    price, pay = PRICES[before]
    who = work.expert()
    project = work.project(price_minor=price, pay=pay)
    task = Task.objects.get(project=project)
    held = threading.Event()

    def hold():
        with transaction.atomic():
            Task.objects.select_for_update().get(pk=task.pk)
            held.set()
            waits()
            at_once(lambda: reprice(project, after))

    def claim():
        held.wait(10)
        return work.claim(who, task_id=task.pk)

    return promised(values(at_once(hold, claim))[1])


def reprice(project, prices):
    price, pay = PRICES[prices]
    fields = {"price_minor": price, "pay": pay}
    return pricing.reprice(project_id=project.pk, fields=fields, by=work.BY)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        # without rules nothing is asked a second time: the whole old price
        (PLAIN_1000, HOUR_6000, PLAIN_1000),
        (HOUR_6000, BONUS_2000, BONUS_2000),
        (HOUR_6000, PLAIN_1000, PLAIN_1000),
    ],
)
def test_a_price_that_changes_inside_a_claim_is_never_mixed(before, after, found):
    assert changed_inside_a_claim(before, after) == found


@contextmanager
def two_looks():
    """The claim function with the quote of one look and the price of an earlier one."""
    start = CREATE.index(_ONE_LOOK)
    end = CREATE.index("found;", start) + len("found;")
    twice = """quote := tasks_quote(place.project_id, who.id);
        price := coalesce((quote ->> 'most_minor')::bigint, price);
        charge := coalesce((quote ->> 'fee_minor')::bigint, charge);"""
    with connection.cursor() as cursor:
        cursor.execute(CREATE[:start] + twice + CREATE[end:])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(CREATE)


def test_control_with_two_looks_the_price_of_an_hour_is_promised_for_an_answer():
    with two_looks():
        assert changed_inside_a_claim(HOUR_6000, PLAIN_1000) == (6000, None, 1200)


def test_24_claims_and_a_price_that_goes_to_and_fro():
    crowd = [work.expert() for _ in range(24)]
    price, pay = PRICES[HOUR_6000]
    project = work.project(tasks=24, price_minor=price, pay=pay)
    turns = [PLAIN_1000, BONUS_2000, HOUR_6000, PLAIN_1000, HOUR_6000]

    def change():
        for turn in turns:
            reprice(project, turn)

    outcomes = at_once(change, *[lambda who=who: work.claim(who) for who in crowd])
    assert len(values(outcomes)) == 25
    found = [promised(row) for row in Assignment.objects.all()]
    assert len(found) == 24
    assert set(found) <= set(PRICES)
    project = Project.objects.get()
    assert (project.price_minor, project.pay) == PRICES[HOUR_6000]
