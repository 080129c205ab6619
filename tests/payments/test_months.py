"""A month that is over is summed up once; statements are the same with and without its sums."""

import datetime as dt
import uuid

import pytest
from django.db import connection

from marketplace.core import clock
from marketplace.core.models import AuditEntry
from marketplace.ops import proof
from payments import jobs
from payments.actions import months
from payments.models import AccountMonth, BookMonth, LedgerAccount, LedgerEntry, LedgerLeg
from payments.selectors import legs, movements, platform_month
from tests.payments.money import pass_time
from tests.support import factories_payments as money
from tests.support.factories_payments import BY

pytestmark = pytest.mark.django_db
ORG = f"org:{uuid.uuid4()}"


def at(month, day, hour=12, year=2025):
    return dt.datetime(year, month, day, hour, tzinfo=dt.UTC)


def paid_in(when, minor):
    """An entry that is dated `when`, on two accounts, as the ledger takes it."""
    entry = LedgerEntry.objects.create(key=f"fund:{uuid.uuid4()}", kind="fund", created_at=when)
    purse, _new = LedgerAccount.objects.get_or_create(
        kind="client_prepaid", owner_key=ORG, currency="usd", defaults={"min_balance": 0}
    )
    clearing, _new = LedgerAccount.objects.get_or_create(
        kind="clearing_charge", owner_key="platform", currency="usd", defaults={"tracked": False}
    )
    LedgerLeg.objects.bulk_create(
        [
            LedgerLeg(entry=entry, account=account, currency="usd", amount=amount)
            for account, amount in ((purse, minor), (clearing, -minor))
        ]
    )
    return LedgerLeg.objects.get(entry=entry, account=purse)


def kept():
    return [
        (row.month.month, row.amount_minor, row.legs, row.last_leg, row.next_leg)
        for row in AccountMonth.objects.filter(account__owner_key=ORG).order_by("month")
    ]


def months_proof():
    return [one.detail for one in proof.run() if one.proof == "months"]


def test_a_month_is_what_its_legs_come_to():
    first, second, third = (
        paid_in(at(1, 5), 100), paid_in(at(1, 31, 23), 20), paid_in(at(3, 1, 0), 3),
    )  # fmt: skip
    assert months.sum_up(by=BY) == 2
    assert kept() == [
        (1, 120, 2, second.pk, second.pk + 1), (3, 3, 1, third.pk, third.pk + 1),
    ]  # fmt: skip
    book = BookMonth.objects.order_by("month", "account_kind").values_list(
        "month__month",
        "currency",
        "account_kind",
        "entry_kind",
        "legs",
        "debit_minor",
        "credit_minor",
    )
    assert list(book) == [
        (1, "usd", "clearing_charge", "fund", 2, 120, 0),
        (1, "usd", "client_prepaid", "fund", 2, 0, 120),
        (3, "usd", "clearing_charge", "fund", 1, 3, 0),
        (3, "usd", "client_prepaid", "fund", 1, 0, 3),
    ]
    assert first.pk < second.pk
    assert months.sum_up(by=BY) == 0
    noted = AuditEntry.objects.filter(verb="summed_up_month").order_by("id")
    assert list(noted.values_list("subject", flat=True)) == ["month:2025-01", "month:2025-03"]
    assert months_proof() == []


def test_the_job_sums_up_a_month_a_day_after_its_end():
    jobs.sum_up_months()
    now = clock.now()
    ended = movements.month(now.year, now.month).until
    money.deposit(money.organization().pk, 5000)
    clock.advance(ended + dt.timedelta(hours=23, minutes=59) - clock.now())
    jobs.sum_up_months()
    assert not BookMonth.objects.exists()
    pass_time(minutes=2)
    jobs.sum_up_months()
    jobs.sum_up_months()
    assert {row.month for row in BookMonth.objects.all()} == {ended.date().replace(day=1).replace(
        year=now.year, month=now.month)}  # fmt: skip


@pytest.mark.parametrize("summed", [False, True])
def test_what_stood_at_any_moment(summed):
    for when, minor in ((at(1, 5), 100), (at(1, 31, 23), 20), (at(3, 1, 0), 3), (at(3, 9), 7)):
        paid_in(when, minor)
    assert months.sum_up(by=BY) == 2 if summed else True
    stood = {
        at(1, 1): None, at(1, 5): None, at(1, 6): 100, at(2, 1, 0): 120, at(2, 14): 120,
        at(3, 1, 0): 120, at(3, 1, 1): 123, at(3, 9, 13): 130, at(12, 1): 130,
    }  # fmt: skip
    assert {when: legs.stood([ORG], when).get("usd") for when in stood} == stood
    assert movements.months([ORG]) == [(2025, 3), (2025, 1)]
    (year,) = movements.accounts([ORG], movements.whole_year(2025))
    assert (year.opening_minor, year.closing_minor) == (0, 130)
    assert [(one.kind, one.entries, one.amount_minor) for one in year.moved] == [("fund", 4, 130)]
    (april,) = movements.accounts([ORG], movements.month(2025, 4))
    assert (april.opening_minor, april.moved) == (130, [])
    (march,) = platform_month.of(movements.month(2025, 3))
    assert [(p.account, p.opening_minor, p.debit_minor, p.credit_minor) for p in march.parts] == [
        ("clearing_charge", -120, 10, 0), ("client_prepaid", 120, 0, 10),
    ]  # fmt: skip
    trial = movements.trial_balance(at(3, 5))
    assert [(one.kind, one.legs, one.balance_minor) for one in trial] == [
        ("clearing_charge", 3, -123), ("client_prepaid", 3, 123),
    ]  # fmt: skip


def test_a_leg_that_is_numbered_before_its_time_is_found():
    """Two transactions at midnight: the one with the lower number is dated in the new month."""
    paid_in(at(1, 5), 100)
    early = paid_in(at(2, 1, 0), 5)
    last = paid_in(at(1, 31, 23), 20)
    assert months.sum_up(by=BY) == 2
    assert kept() == [(1, 120, 2, last.pk, early.pk), (2, 5, 1, early.pk, early.pk + 1)]
    (february,) = movements.accounts([ORG], movements.month(2025, 2))
    assert (february.opening_minor, february.closing_minor) == (120, 125)
    (january,) = movements.accounts([ORG], movements.month(2025, 1))
    assert january.closing_minor == 120
    assert months_proof() == []


def test_sums_that_are_wrong_are_found_and_can_be_thrown_away():
    paid_in(at(1, 5), 100)
    paid_in(at(2, 5), 1)
    months.sum_up(by=BY)
    AccountMonth.objects.filter(month=at(1, 1).date()).update(next_leg=1)
    assert months_proof() == []  # lower than needed costs time and changes no figure
    BookMonth.objects.filter(account_kind="client_prepaid").update(credit_minor=7)
    assert len(months_proof()) == 2
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payments_accountmonth SET last_leg = last_leg + 5, next_leg = last_leg + 6"
        )
    assert len(months_proof()) == 2 + 4 + 2
    AccountMonth.objects.all().delete()
    BookMonth.objects.all().delete()
    assert months.sum_up(by=BY) == 2
    assert months_proof() == []
