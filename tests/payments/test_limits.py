"""Spend limits: who sets them, what they stop, and two allocations at once."""

import datetime as dt
import threading
import uuid

import pytest

from accounts.states import Role
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry
from payments.actions import deposits, funds, limits, topups
from payments.models import Deposit, SavedCard, SpendLimit
from payments.selectors import spending
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support.races import at_once, codes, values

POT = "project:00000000-0000-0000-0000-000000000001"


@pytest.fixture
def org(db):
    made = people.organization()
    money.deposit(made.pk, 100_000)
    return made


@pytest.fixture
def owner(org):
    return people.owner_of(org)


def limit(org, by, holder, most, *, act="allocate", currency="usd"):
    limit_of = {"holder": holder, "act": act, "currency": currency, "most_minor": most}
    return limits.set_limit(organization_id=org.pk, by=by, **limit_of)


def give(org, by, amount, pot=POT):
    funds.allocate(organization_id=org.pk, pot=pot, currency="usd", amount_minor=amount, by=by)


def take(org, by, amount, pot=POT):
    funds.take_back(organization_id=org.pk, pot=pot, currency="usd", amount_minor=amount, by=by)


def pay_in(org, by, amount, **more):
    return deposits.request_deposit(
        organization_id=org.pk, currency="usd", amount_minor=amount, by=by, **more
    )


def refused(call, *args, **named):
    with pytest.raises(Refused) as caught:
        call(*args, **named)
    return caught.value


def test_a_project_is_given_no_more_than_its_ceiling_net_of_take_backs(org, owner):
    limit(org, owner, POT, 1000)
    give(org, owner, 700)
    error = refused(give, org, owner, 301)
    assert (error.code, error.data) == ("limit_reached", {"left_minor": 300})
    assert error.message == (
        "This project may be given $10.00 in all, and $3.00 of it is left. An owner can change it."
    )
    take(org, owner, 200)
    give(org, owner, 500)
    assert refused(give, org, owner, 1).data == {"left_minor": 0}
    give(org, owner, 1, pot="project:p2")  # others are free
    (line,) = spending.limits(org.pk)
    assert (line.used_minor, line.left_minor) == (1000, 0)


def test_a_member_gives_no_more_in_a_month_than_the_limit(org, owner):
    second = people.actors.of_user(people.member(org, role=Role.OWNER))
    limit(org, owner, second.key, 1000)
    give(org, second, 700)
    take(org, second, 700)  # gives no room back
    error = refused(give, org, second, 301, pot="project:p2")
    assert error.message.startswith("You may give projects $10.00 a month, and $3.00 is left")
    give(org, owner, 5000)  # others have no limit
    clock.advance(dt.timedelta(days=32))
    give(org, second, 1000)
    assert [line.used_minor for line in spending.limits(org.pk)] == [1000]


def test_a_key_pays_in_no_more_in_a_month_than_the_limit(org, owner):
    key, _ = people.api_key(org)
    program = people.actors.of_key(key)
    limit(org, owner, program.key, 10_000, act="deposit")
    row = pay_in(org, program, 6000)
    error = refused(pay_in, org, program, 4001)
    assert error.message.startswith("You may pay in $100.00 a month, and $40.00 is left")
    assert row.asked_by == program.key
    Deposit.objects.update(state="expired")
    assert spending.limits(org.pk)[0].used_minor == 0
    pay_in(org, program, 10_000)
    pay_in(org, owner, 50_000)


def test_an_invoice_counts_as_a_card_does(org, owner):
    """By whatever way: what was asked for counts together, and the next is refused."""
    limit(org, owner, owner.key, 10_000, act="deposit")
    pay_in(org, owner, 6000, method="bank_transfer")
    assert refused(pay_in, org, owner, 4001, method="bank_transfer").data == {"left_minor": 4000}
    assert refused(pay_in, org, owner, 4001).data == {"left_minor": 4000}
    pay_in(org, owner, 4000)
    assert refused(pay_in, org, owner, 100, method="bank_transfer").data == {"left_minor": 0}
    assert [line.used_minor for line in spending.limits(org.pk)] == [10_000]


def test_automatic_top_ups_are_no_way_around_a_limit(org, owner):
    key, _ = people.api_key(org)
    program = people.actors.of_key(key)
    card = SavedCard.objects.create(
        organization=org, stripe_method="pm_1", brand="visa", last4="4242", exp_month=4,
        exp_year=2034,
    )  # fmt: skip
    terms = {"organization_id": org.pk, "card_id": card.pk, "currency": "usd", "floor_minor": 100}
    limit(org, owner, program.key, 10_000, act="deposit")
    error = refused(topups.set_rule, **terms, amount_minor=5000, ceiling_minor=10_001, by=program)
    assert (error.code, error.data) == ("limit_reached", {"left_minor": 10_000})
    assert error.message.startswith("You may pay in $100.00 a month: the ceiling of top-ups")
    topups.set_rule(**terms, amount_minor=5000, ceiling_minor=10_000, by=program)
    topups.set_rule(**terms, amount_minor=5000, ceiling_minor=90_000, by=owner)


def test_our_own_jobs_have_no_limit(org, owner):
    limit(org, owner, owner.key, 0)
    give(org, money.BY, 500)
    assert refused(give, org, owner, 1).code == "limit_reached"


def test_a_limit_is_changed_and_lifted_and_each_is_kept(org, owner):
    limit(org, owner, POT, 1000)
    limit(org, owner, POT, 2000)
    assert SpendLimit.objects.get().most_minor == 2000
    assert limit(org, owner, POT, None) is None
    assert not SpendLimit.objects.exists()
    give(org, owner, 50_000)
    kept = AuditEntry.objects.filter(subject=POT, verb="set_spend_limit").order_by("id")
    assert [entry.data["most_minor"] for entry in kept] == [1000, 2000, None]


def test_a_key_sets_and_lowers_a_limit_and_never_raises_or_lifts_one(org, owner):
    key, _ = people.api_key(org)
    program = people.actors.of_key(key)
    limit(org, program, POT, 1000)
    limit(org, program, POT, 500)
    for most in (501, None):
        assert refused(limit, org, program, POT, most).status == 403
    assert SpendLimit.objects.get().most_minor == 500


def test_only_owners_set_limits_and_for_their_own_people(org, owner):
    manager = people.actors.of_user(people.member(org, role=Role.MANAGER))
    assert refused(limit, org, manager, POT, 5).status == 403
    stranger = people.organization()
    assert refused(limit, org, people.owner_of(stranger), POT, 5).status == 404
    key, _ = people.api_key(stranger)
    for holder in (
        f"user:{uuid.uuid4()}",
        people.owner_of(stranger).key,
        f"api_key:{key.pk}",
        "user:nobody",
    ):
        assert refused(limit, org, owner, holder, 5).status == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"holder": "team:1"}, "/holder"),
        ({"holder": "user:"}, "/holder"),
        ({"act": "refund"}, "/act"),
        ({"act": "deposit"}, "/act"),
        ({"currency": "xxx"}, "/currency"),
        ({"most_minor": -1}, "/most_minor"),
        ({"most_minor": 10**12 + 1}, "/most_minor"),
    ],
)
def test_what_is_no_limit_is_refused(org, owner, change, pointer):
    says = {"holder": POT, "act": "allocate", "currency": "usd", "most_minor": 5, **change}
    error = refused(limits.set_limit, organization_id=org.pk, by=owner, **says)
    assert [fault.pointer for fault in error.faults] == [pointer]


# --- at once ------------------------------------------------------------------------------------
@pytest.fixture
def world(transactional_db):
    made = people.organization()
    money.deposit(made.pk, 100_000)
    by = people.owner_of(made)
    limit(made, by, POT, 1000)
    limit(made, by, by.key, 1000)
    return made, by


def given(org):
    return spending.allocated(POT, "usd")


def test_of_two_allocations_that_break_the_limit_together_one_wins(world):
    org, by = world
    outcomes = at_once(*[lambda: give(org, by, 600)] * 2)
    assert (len(values(outcomes)), codes(outcomes), given(org)) == (1, ["limit_reached"], 600)


def test_of_two_deposits_likewise(world):
    org, by = world
    limit(org, by, by.key, 1000, act="deposit")
    outcomes = at_once(*[lambda: pay_in(org, by, 600)] * 2)
    assert (len(values(outcomes)), codes(outcomes)) == (1, ["limit_reached"])


def test_control_without_the_lock_both_win(world, monkeypatch):
    org, by = world
    meet = threading.Barrier(2)

    def unlocked(organization_id, holders, act, currency):
        return list(SpendLimit.objects.filter(holder__in=holders, act=act, currency=currency))

    def slow(row, used, amount):
        assert amount <= row.most_minor - used
        meet.wait(10)

    monkeypatch.setattr(limits, "_locked", unlocked)
    monkeypatch.setattr(limits, "_within", slow)
    assert len(values(at_once(*[lambda: give(org, by, 600)] * 2))) == 2
    assert given(org) == 1200
