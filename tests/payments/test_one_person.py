"""What one person may do alone is counted over time; nobody is their own second person."""

import threading

import pytest

from accounts.models import ApiKey, Notice
from accounts.states import Role
from marketplace.core.actors import Actor, ActorKind
from payments import jobs
from payments.actions import clawbacks, comings_back, debts, refunds
from payments.models import Clawback, Payout, Refund, Reversal
from tests.payments import clawing
from tests.payments.clawing import ADA, GRACE, payable, sent
from tests.payments.money import pass_time, run_jobs
from tests.payments.refunding import ask, paid, refused
from tests.support import factories_accounts as people
from tests.support.factories_payments import annotator, payable_annotator
from tests.support.races import at_once, values


@pytest.fixture
def org(db):
    return people.organization()


@pytest.fixture
def owner(org):
    return people.owner_of(org)


@pytest.fixture
def other(org, owner):
    return Actor(ActorKind.USER, str(people.member(org, role=Role.OWNER).pk))


# --- refunds ------------------------------------------------------------------------------------
def test_a_large_refund_does_not_go_in_small_ones(local, org, owner, other, settings):
    settings.REFUND_APPROVAL_MINOR = 1000
    paid(local, org, 9000)
    states = [ask(org, owner, amount).state for amount in (600, 400, 1, 1)]
    assert states == ["sending", "sending", "requested", "requested"]
    assert ask(org, other, 1).state == "requested"  # whoever asks
    second = Actor(ActorKind.STAFF, "7")
    refunds.approve(refund_id=Refund.objects.filter(state="requested")[0].pk, by=second)
    run_jobs()
    pass_time(days=29)
    assert ask(org, owner, 1).state == "requested"  # sent or under way, it counts
    pass_time(days=1)
    assert ask(org, owner, 1000).state == "sending"


def test_what_a_second_person_approved_or_stripe_refused_does_not_count(
    local, org, owner, settings
):
    settings.REFUND_APPROVAL_MINOR = 1000
    paid(local, org, 9000)
    large = ask(org, owner, 2000)
    refunds.approve(refund_id=large.pk, by=Actor(ActorKind.STAFF, "7"))
    lost = ask(org, owner, 1000)
    run_jobs()
    Refund.objects.filter(pk=lost.pk).update(failed_minor=999)
    assert [ask(org, owner, amount).state for amount in (999, 1)] == ["sending", "requested"]


def test_of_two_refunds_at_once_that_together_are_large_one_waits(local, org, owner, settings):
    settings.REFUND_APPROVAL_MINOR = 1000
    paid(local, org, 9000)
    found = values(at_once(lambda: ask(org, owner, 700), lambda: ask(org, owner, 700)))
    assert sorted(row.state for row in found) == ["requested", "sending"]


def test_control_without_turns_both_would_go(local, org, owner, settings, monkeypatch):
    settings.REFUND_APPROVAL_MINOR = 1000
    paid(local, org, 9000)
    meet, counted = threading.Barrier(2), refunds.sent_alone

    def slow(*asked):
        found = counted(*asked)
        meet.wait(10)
        return found

    monkeypatch.setattr(refunds, "in_turn", lambda _organization_id: None)
    monkeypatch.setattr(refunds, "sent_alone", slow)
    found = values(at_once(lambda: ask(org, owner, 700), lambda: ask(org, owner, 700)))
    assert [row.state for row in found] == ["sending", "sending"]


def test_whoever_made_a_key_does_not_approve_what_it_asks(local, org, owner, other):
    paid(local, org, 2_000_000)
    key = ApiKey.objects.create(
        organization=org, name="pay", slot=1, prefix="pk_1", digest="0" * 64,
        scopes=["money:write"], created_by_id=owner.id,
    )  # fmt: skip
    row = ask(org, Actor(ActorKind.API_KEY, str(key.pk), org.pk), 1_500_000)
    assert row.state == "requested"
    told = set(Notice.objects.filter(kind="refund").values_list("user_id", flat=True))
    assert {str(one) for one in told} == {other.id}
    error = refused(refunds.approve, refund_id=row.pk, by=owner)
    assert (error.code, error.status) == ("not_permitted", 403)
    assert refunds.approve(refund_id=row.pk, by=other).state == "sending"


# --- clawbacks ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_large_clawback_is_not_done_in_small_ones(settings):
    settings.CLAWBACK_ALONE_MINOR = {"usd": 500}
    who = annotator()
    row, other = clawing.earned(who, 1000), clawing.earned(who, 1000)
    assert [clawing.ask(row, 200, by=GRACE).state, clawing.ask(other, 300, by=ADA).state] == [
        "booked", "booked",
    ]  # fmt: skip
    third = clawing.ask(row, 1, by=ADA)
    assert (third.state, third.second_needed) == ("asked", True)
    assert clawbacks.approve(clawback_id=third.pk, by=GRACE).state == "booked"
    clawbacks.refuse(clawback_id=clawing.ask(row, 1).pk, why="Not after all.", by=GRACE)
    assert clawing.ask(clawing.earned(annotator(), 1000), 500).state == "booked"  # somebody else's
    pass_time(days=30)
    assert clawing.ask(other, 500, by=GRACE).state == "booked"


def test_of_two_slices_at_once_one_waits(transactional_db, settings):
    settings.CLAWBACK_ALONE_MINOR = {"usd": 500}
    who = annotator()
    row, other = clawing.earned(who, 1000), clawing.earned(who, 1000)
    at_once(lambda: clawing.ask(row, 300), lambda: clawing.ask(other, 300))
    assert sorted(Clawback.objects.values_list("state", flat=True)) == ["asked", "booked"]


def test_control_without_turns_both_slices_would_be_taken(transactional_db, settings, monkeypatch):
    settings.CLAWBACK_ALONE_MINOR = {"usd": 500}
    who = annotator()
    row, other = clawing.earned(who, 1000), clawing.earned(who, 1000)
    meet, counted = threading.Barrier(2), clawbacks._taken_alone

    def slow(earning):
        found = counted(earning)
        meet.wait(10)
        return found

    monkeypatch.setattr(clawbacks, "_in_turn", clawbacks.locked)
    monkeypatch.setattr(clawbacks, "_taken_alone", slow)
    at_once(lambda: clawing.ask(row, 300), lambda: clawing.ask(other, 300))
    assert list(Clawback.objects.values_list("state", flat=True)) == ["booked", "booked"]


# --- one's own money ----------------------------------------------------------------------------
@pytest.mark.django_db
def test_staff_let_go_of_no_debt_of_their_own_and_give_nothing_back_to_themselves():
    who = payable_annotator()
    row = payable(who)
    sent(who)
    row.refresh_from_db()
    made = clawing.ask(row, 600)
    own = Actor(ActorKind.STAFF, str(who.user_id))
    error = refused(debts.write_off, clawback_id=made.pk, why="Small.", by=own)
    assert (error.code, error.status, clawing.debt(who)) == ("own_money", 403, 600)
    back = Reversal.objects.create(
        payout=Payout.objects.get(), currency="usd", amount_minor=100, state="refused"
    )
    error = refused(comings_back.give_back, reversal_id=back.pk, why="Mine.", by=own)
    assert (error.code, error.status) == ("own_money", 403)
    jobs.book_clawbacks()
    assert debts.write_off(clawback_id=made.pk, why="Small.", by=GRACE).settled_minor == 600
