"""What an annotator contests, and clawbacks that were wrong: everything is repaired."""

import pytest
from django.db import transaction

from accounts.models import AdverseAct
from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind, job
from marketplace.core.errors import Refused
from marketplace.core.ids import new_id
from payments.actions import awards, contests, debts, payouts
from payments.actions.earnings import mature
from payments.actions.reserve import reserve
from payments.models import Clawback, Difference, Earning, LedgerEntry
from payments.states import EarningKind
from tests.payments.clawing import (
    ADA,
    BY,
    GRACE,
    POT,
    ask,
    debt,
    earned,
    own,
    payable,
    pots,
    sent,
    start,
    transfer,
)
from tests.payments.money import balance, pass_time, purse
from tests.support.factories_payments import annotator, fund, payable_annotator

pytestmark = pytest.mark.django_db


@pytest.fixture
def indebted():
    """An annotator who owes 600 of a paid 1,000."""
    who = payable_annotator()
    row = payable(who)
    sent(who)
    row.refresh_from_db()
    who.clawback = ask(row, 600)
    assert (debt(who), purse(who)) == (600, (0, 0, 0))
    return who


# --- objections ---------------------------------------------------------------------------------
def test_the_annotator_contests_and_another_person_upholds():
    who = annotator()
    made = ask(earned(who), 300)
    contests.contest(clawback_id=made.pk, text="I wrote it myself.", by=own(who))
    found = Difference.objects.get(kind="clawback_contested")
    assert (found.subject, found.ours_minor) == (f"clawback:{made.pk}", 300)
    with pytest.raises(Refused) as refusal:
        contests.uphold(clawback_id=made.pk, why="No.", by=GRACE)
    assert refusal.value.code == "same_person"
    contests.uphold(clawback_id=made.pk, why="The logs show it.", by=ADA)
    found.refresh_from_db()
    assert (found.state, found.resolution) == ("resolved", "It stands: The logs show it.")
    with pytest.raises(Refused, match="Nothing waits"):
        contests.uphold(clawback_id=made.pk, why="Again.", by=ADA)
    with pytest.raises(Refused, match="contested, or decided"):
        contests.contest(clawback_id=made.pk, text="Again.", by=own(who))
    assert purse(who) == (700, 0, 0)


def test_it_can_be_contested_for_fourteen_days_by_whoever_it_is_about():
    who = annotator()
    made = ask(earned(who), 300)
    with pytest.raises(Refused) as refusal:
        contests.contest(clawback_id=made.pk, text="Not mine.", by=own(annotator()))
    assert refusal.value.status == 404
    with pytest.raises(Refused, match="Say why"):
        contests.contest(clawback_id=made.pk, text=" ", by=own(who))
    assert contests.contestable(made)
    pass_time(days=14, seconds=1)
    with pytest.raises(Refused, match="for 14 days"):
        contests.contest(clawback_id=made.pk, text="Late.", by=own(who))
    assert list(Clawback.objects.visible_to(own(who))) == [made]
    assert not Clawback.objects.visible_to(Actor(ActorKind.JOB, "x")).exists()
    assert Clawback.objects.visible_to(GRACE).exists()


@pytest.mark.parametrize("amount", [400, 1000])
def test_a_wrong_clawback_of_money_not_yet_paid_is_mirrored(amount):
    who = annotator()
    row = earned(who)
    before = (purse(who), pots())
    made = ask(row, amount)
    contests.contest(clawback_id=made.pk, text="Wrong.", by=own(who))
    contests.reverse(clawback_id=made.pk, why="It was ours to explain.", by=ADA)
    row.refresh_from_db()
    assert ((purse(who), pots()), row.taken_minor, row.state) == (before, 0, "pending")
    mirror = LedgerEntry.objects.get(key=f"claw:{made.pk}:reversed")
    assert mirror.reverses.key == f"claw:{made.pk}"
    assert AdverseAct.objects.get().reversed_why == "It was ours to explain."
    assert Difference.objects.get().state == "resolved"
    with pytest.raises(Refused, match="cannot become"):
        contests.reverse(clawback_id=made.pk, why="Again.", by=ADA)
    assert ask(row, amount).state == "booked"  # it can be asked for anew


def test_an_earning_taken_whole_is_payable_again_once_its_hold_is_over():
    who = annotator()
    made = ask(payable(who))
    contests.reverse(clawback_id=made.pk, why="Wrong.", by=ADA)
    assert purse(who) == (0, 1000, 0)
    assert Earning.objects.get().state == "payable"


def test_what_was_taken_of_an_earning_that_is_paid_now_is_payable_as_an_award():
    who = payable_annotator()
    made = ask(payable(who), 400)
    sent(who)
    contests.reverse(clawback_id=made.pk, why="Wrong.", by=ADA)
    back = Earning.objects.get(source=f"award:{made.pk}")
    assert (back.amount_minor, back.state, purse(who)) == (400, "payable", (0, 400, 0))
    assert (pots(), balance("platform_cost", "platform")) == ((0, 200, 0), 0)


def test_a_debt_found_wrong_gives_back_what_was_recovered(indebted):
    payable(indebted, 800)
    open_payout = start(indebted)
    with pytest.raises(Refused, match="still under way"):
        contests.reverse(clawback_id=indebted.clawback.pk, why="Wrong.", by=ADA)
    payouts.sent(open_payout.pk, transfer(open_payout, "tr_2"), by=BY)
    contests.reverse(clawback_id=indebted.clawback.pk, why="Wrong.", by=ADA)
    assert (debt(indebted), purse(indebted)) == (0, (0, 400, 0))
    assert pots() == (0, 400, 0)


def test_an_award_that_was_taken_back_and_recovered_whole_is_awarded_again():
    """Both sides are the platform's cost: what it got back it gives again."""
    who = payable_annotator()
    gift = awards.award(
        award_id=new_id(), annotator_id=who.pk, kind=EarningKind.GOODWILL, label="We are sorry.",
        currency="usd", amount_minor=500, by=job("tests"),
    )  # fmt: skip
    Earning.objects.update(hold_until=clock.now())
    mature(by=BY)
    sent(who)
    gift.refresh_from_db()
    made = ask(gift)
    payable(who, 800)
    sent(who, "tr_2")
    assert (debt(who), balance("platform_cost", "platform")) == (100, 0)
    payable(who, 800)
    sent(who, "tr_3")
    assert (debt(who), balance("platform_cost", "platform")) == (0, 0)
    contests.reverse(clawback_id=made.pk, why="Wrong.", by=ADA)
    assert purse(who) == (0, 500, 0)
    assert balance("platform_cost", "platform") == -500
    mirror = LedgerEntry.objects.get(key=f"claw:{made.pk}:reversed")
    assert (mirror.reverses.key, mirror.legs.count()) == (f"claw:{made.pk}", 2)


def test_a_debt_that_was_written_off_and_found_wrong_costs_nobody(indebted):
    debts.write_off(clawback_id=indebted.clawback.pk, why="Gone.", by=GRACE)
    contests.reverse(clawback_id=indebted.clawback.pk, why="Wrong.", by=ADA)
    assert (debt(indebted), purse(indebted), pots()) == (0, (0, 0, 0), (0, 200, 0))


def test_what_the_project_has_spent_since_the_platform_bears():
    who = annotator()
    made = ask(earned(who))
    with transaction.atomic():
        reserve(
            holder="assignment:next", pot=POT, organization_id=fund("project:other", 1),
            currency="usd", price_minor=1000, fee_minor=0, by=BY,
        )  # fmt: skip
    contests.reverse(clawback_id=made.pk, why="Wrong.", by=ADA)
    assert (purse(who), pots()) == ((1000, 0, 0), (0, 200, -1000))


def test_a_reversal_needs_a_reason():
    made = ask(earned(annotator()))
    with pytest.raises(Refused) as refusal:
        contests.reverse(clawback_id=made.pk, why="", by=ADA)
    assert refusal.value.status == 422
