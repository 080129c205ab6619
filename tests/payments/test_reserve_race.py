"""Many claims race for the last funds: exactly as many win as can be paid."""

import itertools
import threading
import time
from functools import partial

import pytest
from django.db import connection, transaction

from marketplace.core.errors import Refused
from payments.actions import ledger
from payments.actions.earnings import accrue
from payments.actions.ledger import Posting, post
from payments.actions.reserve import release, reserve
from payments.models import Earning, LedgerAccount, LedgerEntry, Reservation
from tests.support.factories_payments import BY, annotator, fund
from tests.support.races import at_once, codes, values

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POT, PRICE, FEE = "project:race", 500, 100


def balances():
    return dict(LedgerAccount.objects.filter(owner_key=POT).values_list("kind", "balance"))


def claims(org, first, number):
    """A thread's claims, one transaction each; how many won."""

    def run():
        won = 0
        for i in range(first, first + number):
            with transaction.atomic():
                won += reserve(
                    holder=f"assignment:{i}", pot=POT, organization_id=org, currency="usd",
                    price_minor=PRICE, fee_minor=FEE, by=BY,
                )  # fmt: skip
        return won

    return run


def test_exactly_as_many_claims_win_as_the_funds_can_pay(transactional_db):
    """Scenario 17: eighty claims race for money that pays 33; 33 win, no pot is overdrawn."""
    org = fund(POT, 20_000 - 1)
    won = values(at_once(*[claims(org, first * 10, 10) for first in range(8)]))
    assert sum(won) == (20_000 - 1) // (PRICE + FEE) == 33
    assert balances() == {"project_funds": 199, "project_reserved": 33 * 600}
    assert Reservation.objects.count() == 33


def test_one_holder_from_eight_threads_reserves_once():
    org = fund(POT, 50_000)
    assert values(at_once(*[claims(org, 1, 1) for _ in range(8)])) == [1] * 8
    assert balances() == {"project_funds": 50_000 - 600, "project_reserved": 600}


def test_giving_back_races_reserving_and_no_cent_is_lost():
    org = fund(POT, 6_000)
    assert claims(org, 0, 10)() == 10

    def give_back():
        return sum(release(holder=f"assignment:{i}", by=BY) for i in range(10))

    ends = values(at_once(give_back, give_back, claims(org, 10, 20), claims(org, 30, 20)))
    assert ends[0] + ends[1] == 10
    pots = balances()
    assert pots["project_funds"] + pots["project_reserved"] == 6_000
    held = Reservation.objects.filter(state="held").count()
    assert pots["project_reserved"] == held * 600
    assert held == ends[2] + ends[3]


def test_accepting_and_giving_back_at_once_have_one_outcome():
    """Scenario 18: three accepts and three releases of one promise."""
    org, who = fund(POT, 6_000), annotator()
    for number in range(5):
        holder = f"assignment:{number}"
        assert claims(org, number, 1)() == 1
        accept = partial(accrue, holder=holder, annotator_id=who.pk, label="x", by=BY)
        ends = at_once(*[accept, partial(release, holder=holder, by=BY)] * 3)
        values(ends)  # no fault but refusals
        state = Reservation.objects.get(holder=holder).state
        earned = Earning.objects.filter(source=holder).count()
        assert (state, earned) in {("spent", 1), ("released", 0)}
        assert codes(ends) == ([] if earned else ["not_reserved"] * 3)
        keys = [f"accept:{holder}", f"release:{holder}"]
        assert LedgerEntry.objects.filter(key__in=keys).count() == 1


def test_the_control_overspends_where_nothing_is_locked():
    """The same race on a table without guards and a look without a lock: more win than can be paid."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unguarded (id int PRIMARY KEY, balance bigint NOT NULL)")
        cursor.execute("INSERT INTO unguarded VALUES (1, 1800)")

    def claim():
        won = 0
        with connection.cursor() as cursor:
            for _ in range(3):
                cursor.execute("SELECT balance FROM unguarded WHERE id = 1")
                (free,) = cursor.fetchone()
                time.sleep(0.05)  # what a claim does between its look and its booking
                if free >= PRICE + FEE:
                    cursor.execute("UPDATE unguarded SET balance = balance - 600 WHERE id = 1")
                    won += 1
        return won

    try:
        won = sum(values(at_once(*[claim] * 8)))
        with connection.cursor() as cursor:
            cursor.execute("SELECT balance FROM unguarded WHERE id = 1")
            (left,) = cursor.fetchone()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unguarded")
    assert won > 1800 // 600
    assert left < 0


@pytest.mark.parametrize("same", [True, False])
def test_a_key_that_another_transaction_books_meanwhile(same):
    """The same legs: a replay beside a new entry. Others: refused, and nothing of the call is
    booked even where its caller goes on.
    """
    booked, asked = threading.Event(), threading.Event()

    def cost(key, amount):
        legs = [("platform_cost", "platform", -amount), ("platform_fee", "platform", amount)]
        return Posting(key, "x", legs, "usd")

    def first():
        with transaction.atomic():
            made = post([cost("x:1", 5)], by=BY)
            booked.set()
            assert asked.wait(10)
            return made

    def second():
        assert booked.wait(10)
        with transaction.atomic():
            asks = threading.Timer(0.3, asked.set)  # when the insert waits for the first's end
            asks.start()
            try:
                return post([cost("x:1", 5 if same else 6), cost("x:2", 7)], by=BY)
            except Refused as refusal:
                return refusal.code

    fund(POT, 1_000)
    post_once = partial(transaction.atomic(post), [cost("x:0", 1)], by=BY)
    assert post_once() == 1  # the accounts are open
    keys = {"x:0", "x:1", "x:2"} if same else {"x:0", "x:1"}
    assert values(at_once(first, second)) == [1, 1 if same else "key_reused"]
    assert set(LedgerEntry.objects.filter(kind="x").values_list("key", flat=True)) == keys


def test_the_database_stops_a_booking_that_looked_too_early(monkeypatch):
    """Even `post` without its own look and lock cannot overdraw: the account's check refuses."""
    fund(POT, 1_000)
    keys = itertools.count()

    def book():
        legs = [("project_funds", POT, -600), ("project_reserved", POT, 600)]
        with transaction.atomic():
            return post([Posting(f"x:{next(keys)}", "x", legs, "usd")], by=BY)

    monkeypatch.setattr("payments.actions.ledger._affordable", lambda wanted, accounts: True)
    monkeypatch.setattr(
        "payments.actions.ledger._LOCK", ledger._LOCK.replace("FOR NO KEY UPDATE OF a", "")
    )
    ends = at_once(*[book] * 8)
    assert sum(end.error is None for end in ends) == 1
    assert {getattr(end.error, "code", None) for end in ends if end.error} == {"funds_short"}
    assert balances() == {"project_funds": 400, "project_reserved": 600}
