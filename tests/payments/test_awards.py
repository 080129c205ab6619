"""What the platform itself pays, once, from its own pot; and parts of a promise."""

import pytest

from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Refused
from marketplace.core.ids import new_id
from payments.actions import awards
from payments.actions.earnings import Accrual, accrue_all
from payments.models import Earning, LedgerAccount, LedgerLeg
from payments.states import EarningKind
from tests.support import factories_tasks as work
from tests.support.factories_payments import BY

pytestmark = pytest.mark.django_db
STAFF = Actor(ActorKind.STAFF, "1")


def award(who, **changes):
    fields = {
        "award_id": new_id(), "annotator_id": who.pk, "kind": EarningKind.EXAM,
        "label": "Exam: cardiology", "currency": "usd", "amount_minor": 2500, "by": STAFF,
    }  # fmt: skip
    return awards.award(**(fields | changes))


def test_an_award_is_paid_once_from_the_platforms_own_money():
    who, award_id = work.expert(), new_id()
    first = award(who, award_id=award_id)
    assert award(who, award_id=award_id).pk == first.pk
    legs = dict(LedgerLeg.objects.values_list("account__kind", "amount"))
    assert legs == {"platform_cost": -2500, "annotator_pending": 2500}
    assert (first.kind, first.pot, first.reservation, first.fee_minor) == (
        "exam",
        "platform",
        None,
        0,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": EarningKind.WORK}, {"label": " "}, {"currency": "xxx"}, {"amount_minor": 0},
        {"amount_minor": -1}, {"amount_minor": 10_000_001}, {"amount_minor": 2.5},
    ],
)  # fmt: skip
def test_what_is_no_award_is_refused(wrong):
    with pytest.raises(Refused) as refusal:
        award(work.expert(), **wrong)
    assert (refusal.value.status, Earning.objects.count()) == (422, 0)


def test_a_client_cannot_award_the_platforms_money():
    with pytest.raises(Refused) as refusal:
        award(work.expert(), by=Actor(ActorKind.USER, "1"))
    assert refusal.value.status == 403


def test_nobody_is_awarded_who_is_not_there():
    with pytest.raises(Refused) as refusal:
        award(work.expert(), annotator_id=new_id())
    assert (refusal.value.status, Earning.objects.count()) == (404, 0)


def test_what_was_not_earned_of_a_promise_goes_back_to_the_project():
    who = work.expert()
    work.project()
    row = work.claim(who)
    pot = LedgerAccount.objects.get(kind="project_funds")
    lines = (
        {"kind": "base", "amount_minor": 100, "text": "Half of it"},
        {"kind": "bonus", "amount_minor": 50, "text": "A bonus"},
    )
    (earning,) = accrue_all(
        [Accrual(row.holder, who.pk, "Partly", EarningKind.KILL_FEE, 150, 30, lines)], by=BY
    )
    was = pot.balance
    pot.refresh_from_db()
    assert (earning.amount_minor, earning.fee_minor, earning.lines) == (150, 30, list(lines))
    assert pot.balance - was == row.price_minor + row.fee_minor - 180


def test_lines_that_do_not_sum_are_a_bug():
    who = work.expert()
    work.project()
    row = work.claim(who)
    lines = ({"kind": "base", "amount_minor": 99, "text": "x"},)
    with pytest.raises(ValueError, match="do not sum"):
        accrue_all([Accrual(row.holder, who.pk, "x", amount_minor=100, lines=lines)], by=BY)
    with pytest.raises(ValueError, match="promised less"):
        accrue_all([Accrual(row.holder, who.pk, "x", amount_minor=row.price_minor + 1)], by=BY)
