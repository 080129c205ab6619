"""Money, ids and states: small values with exact rules."""

import time
import uuid

import pytest
from django.db import models, transaction
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core import money, states
from marketplace.core.errors import Refused
from marketplace.core.ids import new_id
from marketplace.core.models import OutboxMessage
from marketplace.core.money import Money

amounts = st.integers(min_value=0, max_value=10**15)
weights = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=12)


@given(amounts, weights.filter(any))
def test_the_parts_of_a_split_sum_to_the_whole_and_are_fair(minor, parts):
    shares = money.split(minor, parts)
    whole = sum(parts)
    assert sum(shares) == minor
    for share, weight in zip(shares, parts, strict=True):
        exact = minor * weight / whole
        assert abs(share * whole - minor * weight) < whole, (share, exact)


@pytest.mark.parametrize(
    ("minor", "parts", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (1, [1, 1], [1, 0]),
        (0, [5, 5], [0, 0]),
        (101, [0, 1, 0], [0, 101, 0]),
        (10, [3, 3, 4], [3, 3, 4]),
        (5, [1, 2, 3], [1, 2, 2]),
    ],
)
def test_split_by_the_largest_remainder(minor, parts, shares):
    assert money.split(minor, parts) == shares


@pytest.mark.parametrize(("minor", "parts"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_a_split_needs_a_positive_whole(minor, parts):
    with pytest.raises(ValueError, match="positive"):
        money.split(minor, parts)


@pytest.mark.parametrize(
    ("price", "bps", "fee"),
    [(1000, 2000, 200), (999, 2000, 199), (1, 9999, 0), (0, 2000, 0), (7, 0, 0)],
)
def test_the_fee_is_rounded_down(price, bps, fee):
    assert money.fee(price, bps) == fee


@given(amounts, st.integers(min_value=0, max_value=10_000))
def test_the_fee_is_never_off_by_a_whole_unit(price, bps):
    assert 0 <= price * bps - money.fee(price, bps) * 10_000 < 10_000


def test_money_is_whole_and_of_one_currency():
    assert Money(5, "eur") + Money(7, "eur") - Money(2, "eur") == Money(10, "eur")
    assert -Money(5, "eur") == Money(-5, "eur")
    assert money.total([Money(1, "jpy"), Money(2, "jpy")], "jpy") == Money(3, "jpy")
    assert money.total([], "usd") == Money(0, "usd")
    for wrong in (1.0, "1", True, None):
        with pytest.raises(TypeError):
            Money(wrong, "eur")
    for wrong in ("EUR", "euro", ""):
        with pytest.raises(ValueError, match="three lower-case"):
            Money(1, wrong)
    with pytest.raises(ValueError, match="Cannot mix eur and usd"):
        Money(1, "eur") + Money(1, "usd")
    with pytest.raises(ValueError, match="not negative"):
        money.fee(-1, 1)


def test_ids_are_version_7_and_sort_by_the_time_they_were_made():
    made = []
    for _ in range(20):
        before = time.time_ns() // 1_000_000
        made.append(new_id())
        after = time.time_ns() // 1_000_000
        assert before <= made[-1].int >> 80 <= after
        time.sleep(0.002)
    assert made == sorted(made)
    assert [str(i) for i in made] == sorted(str(i) for i in made)
    assert {(i.version, i.variant) for i in made} == {(7, uuid.RFC_4122)}


def test_ids_made_at_once_differ():
    assert len({new_id() for _ in range(20_000)}) == 20_000


MOVES = {"pending": frozenset({"dead"})}


@pytest.fixture
def row(db):
    return OutboxMessage.objects.create(job="core.any")


def test_a_state_moves_by_the_table_with_its_columns(row):
    with transaction.atomic():
        locked = states.lock(row)
        states.move(locked, "dead", MOVES, last_error="why")
    row.refresh_from_db()
    assert (row.state, row.last_error) == ("dead", "why")


def test_other_moves_are_refused_and_leave_the_row(row):
    for to in ("pending", "nowhere"):
        with pytest.raises(Refused) as refused:
            states.move(row, to, MOVES)
        assert (refused.value.code, refused.value.status) == ("wrong_state", 409)
        assert refused.value.message == f"A outbox message that is pending cannot become {to}."
    states.move(row, "dead", MOVES)
    with pytest.raises(Refused):
        states.move(row, "pending", MOVES)
    row.refresh_from_db()
    assert row.state == "dead"


@pytest.mark.django_db(transaction=True)
def test_a_state_moves_inside_a_transaction_only():
    row = OutboxMessage.objects.create(job="core.any")
    with pytest.raises(RuntimeError, match="inside a transaction"):
        states.move(row, "dead", MOVES)
    with pytest.raises(transaction.TransactionManagementError):
        states.lock(row)


def test_the_database_refuses_a_state_that_is_none(row):
    with pytest.raises(Exception, match="core_outbox_state"), transaction.atomic():
        OutboxMessage.objects.filter(pk=row.pk).update(state=models.Value("lost"))
