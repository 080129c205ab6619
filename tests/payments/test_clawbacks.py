"""Earned money taken back: wherever it is, by a person, with a reason; and the debts of it."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AdverseAct, Notice
from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Refused
from marketplace.core.ids import new_id
from payments import jobs
from payments.actions import awards, clawbacks, contests, debts, payouts
from payments.models import Clawback, Earning, Recovery
from payments.states import EarningKind
from tests.payments.clawing import (
    ADA,
    BY,
    GRACE,
    REASON,
    ask,
    debt,
    earned,
    failed,
    payable,
    pots,
    sent,
    start,
    transfer,
)
from tests.payments.money import balance, purse
from tests.support.factories_payments import annotator, payable_annotator

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


def test_pending_money_is_taken_in_parts_and_the_fee_in_proportion():
    """Scenario 28: clawback while pending, payable, in transit and sent (here: pending)."""
    who = annotator()
    row = earned(who, 1000, 199)
    first = ask(row, 333)
    assert (first.state, first.taken_from, first.fee_minor) == ("booked", "pending", 66)
    assert (purse(who), pots()) == ((667, 0, 0), (399, 133, 0))
    second = ask(row, 667)
    row.refresh_from_db()
    assert (second.fee_minor, row.state, row.taken_minor) == (133, "taken", 1000)
    assert (purse(who), pots()) == ((0, 0, 0), (1199, 0, 0))
    act = AdverseAct.objects.get(subject=f"clawback:{first.pk}")
    assert (act.kind, act.rule, act.text) == ("pay_taken", "pay.taken_back", REASON)
    assert act.evidence == [row.source, f"earning:{row.pk}"]
    notice = Notice.objects.filter(user=who.user, kind="clawback").first()
    assert notice.text == "$3.33 of “Task 7” is taken back. You can read why, and contest it."


def test_payable_money_is_taken_and_the_rest_is_paid():
    """Scenario 28, payable."""
    who = payable_annotator()
    row = payable(who)
    ask(row, 400)
    assert (purse(who), pots()) == ((0, 600, 0), (480, 120, 0))
    assert start(who).amount_minor == 600


def test_money_in_a_payout_is_taken_once_the_payout_was_sent():
    """Scenario 28, in transit, then sent: a debt."""
    who = payable_annotator()
    row = payable(who)
    payout = start(who)
    asked = ask(row, 400)
    assert (asked.state, asked.taken_from, purse(who)) == ("waiting", "", (0, 0, 1000))
    jobs.book_clawbacks()
    asked.refresh_from_db()
    assert asked.state == "waiting"
    payouts.sent(payout.pk, transfer(payout), by=BY)
    jobs.book_clawbacks()
    jobs.book_clawbacks()
    asked.refresh_from_db()
    assert (asked.state, asked.taken_from, asked.unpaid_minor) == ("booked", "debt", 400)
    assert (debt(who), pots()) == (400, (480, 120, 0))


def test_money_in_a_payout_that_failed_is_taken_as_payable():
    """Scenario 28, in transit, then failed."""
    who = payable_annotator()
    row = payable(who)
    payout = start(who)
    asked = ask(row)
    failed(payout)
    jobs.book_clawbacks()
    asked.refresh_from_db()
    assert (asked.state, asked.taken_from, debt(who)) == ("booked", "payable", 0)
    assert (purse(who), pots()) == ((0, 0, 0), (1200, 0, 0))


def test_money_that_was_paid_is_owed_and_the_client_has_it_at_once():
    """Scenario 28, sent: the platform bears it until later earnings have paid it back."""
    who = payable_annotator()
    row = payable(who)
    sent(who)
    row.refresh_from_db()
    asked = ask(row, 400)
    assert (asked.state, asked.taken_from, asked.unpaid_minor) == ("booked", "debt", 400)
    assert (debt(who), purse(who), pots()) == (400, (0, 0, 0), (480, 120, 0))


def test_a_clawback_that_was_booked_meanwhile_is_left_alone(monkeypatch):
    who = payable_annotator()
    row = payable(who)
    payout = start(who)
    asked = ask(row)
    payouts.sent(payout.pk, transfer(payout), by=BY)
    jobs.book_clawbacks()
    assert clawbacks._book_one(asked.pk, by=BY) is False
    assert debt(who) == 1000


def test_what_the_platform_paid_itself_goes_back_to_it():
    who = annotator()
    award = awards.award(
        award_id=new_id(), annotator_id=who.pk, kind=EarningKind.GOODWILL, label="Sorry",
        currency="usd", amount_minor=500, by=GRACE,
    )  # fmt: skip
    made = ask(award, 200)
    assert (balance("platform_cost", "platform"), purse(who)) == (-300, (300, 0, 0))
    contests.reverse(clawback_id=made.pk, why="It was deserved.", by=ADA)
    assert (balance("platform_cost", "platform"), purse(who)) == (-500, (500, 0, 0))


def test_what_was_given_back_as_an_award_is_taken_from_that_alone():
    """Nobody owes more than they got: 600 of the earning and 400 of the award, not 1,000 and 400."""
    who = payable_annotator()
    row = payable(who)
    first = ask(row, 400)
    start(who)  # the earning is closed: what is given back is an award of its own
    contests.reverse(clawback_id=first.pk, why="Wrong.", by=ADA)
    award = Earning.objects.get(source=f"award:{first.pk}")
    with pytest.raises(Refused) as refusal:
        ask(row, 601)
    assert refusal.value.faults[0].detail == "At most $6.00 is left."
    assert (ask(row, 600).state, ask(award, 400).state) == ("waiting", "booked")


def test_a_share_of_the_fee_is_never_less_than_nothing():
    """The one cent of the fee went back with the third part, which stands; the others were wrong."""
    row = earned(annotator(), 5, 1)
    parts = [ask(row, 1) for _ in range(5)]
    assert [part.fee_minor for part in parts] == [0, 0, 1, 0, 0]  # by the largest remainder
    for part in (*parts[:2], *parts[3:]):
        contests.reverse(clawback_id=part.pk, why="Wrong.", by=ADA)
    assert ask(row, 1).fee_minor == 0


# --- who may, and how much ----------------------------------------------------------------------
def test_above_the_limit_a_second_person_approves(settings):
    settings.CLAWBACK_ALONE_MINOR = {"usd": 999}
    who = annotator()
    row = earned(who)
    asked = ask(row)
    assert (asked.state, purse(who), Notice.objects.count()) == ("asked", (1000, 0, 0), 0)
    with pytest.raises(Refused) as refusal:
        clawbacks.approve(clawback_id=asked.pk, by=GRACE)
    assert (refusal.value.code, refusal.value.status) == ("same_person", 403)
    done = clawbacks.approve(clawback_id=asked.pk, by=ADA)
    assert (done.state, done.approved_by, purse(who)) == ("booked", "staff:2", (0, 0, 0))
    with pytest.raises(Refused, match="does not wait"):
        clawbacks.approve(clawback_id=asked.pk, by=ADA)


def test_the_database_itself_wants_two_people_a_reason_and_the_act():
    who = annotator()
    row = earned(who)
    asked = ask(row, 10)
    for change in (
        {"approved_by": "staff:1"},
        {"decided_by": "staff:1"},
        {"second_needed": True},
        {"reason": "short"},
        {"amount_minor": 0},
        {"settled_minor": 5},
        {"state": "asked"},
        {"contest": "x"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Clawback.objects.filter(pk=asked.pk).update(**change)
    later = Clawback.objects.create(
        earning=row, annotator=who, currency="usd", amount_minor=5, reason=REASON,
        second_needed=False, asked_by="staff:1",
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="without its act"), transaction.atomic():
        Clawback.objects.filter(pk=later.pk).update(
            state="booked", taken_from="pending", booked_at=clock.now()
        )


def test_a_refused_one_frees_its_amount(settings):
    settings.CLAWBACK_ALONE_MINOR = {}
    row = earned(annotator())
    asked = ask(row)
    with pytest.raises(Refused):
        ask(row, 1)
    with pytest.raises(Refused, match="Say why"):
        clawbacks.refuse(clawback_id=asked.pk, why=" ", by=ADA)
    assert clawbacks.refuse(clawback_id=asked.pk, why="Not so.", by=ADA).state == "refused"
    assert ask(row).state == "asked"


@pytest.mark.parametrize("amount", [0, -1, 1001, 1.5, True, None, "5"])
def test_an_amount_that_cannot_be_is_refused(amount):
    row = earned(annotator())
    with pytest.raises(Refused) as refusal:
        clawbacks.ask(earning_id=row.pk, amount_minor=amount, reason=REASON, by=GRACE)
    assert (refusal.value.status, Clawback.objects.count()) == (422, 0)


def test_a_reason_is_at_least_forty_characters():
    row = earned(annotator())
    with pytest.raises(Refused) as refusal:
        ask(row, 5, reason="x" * 39 + "   ")
    assert refusal.value.status == 422
    assert ask(row, 5, reason="x" * 40).state == "booked"


def test_nobody_takes_their_own_money_and_only_staff_take_any(settings):
    who = annotator()
    row = earned(who)
    own = Actor(ActorKind.STAFF, str(who.user_id))
    for wrong in (own, Actor(ActorKind.USER, "1"), Actor(ActorKind.JOB, "x")):
        with pytest.raises(Refused) as refusal:
            ask(row, by=wrong)
        assert refusal.value.status == 403
    settings.CLAWBACK_ALONE_MINOR = {}
    asked = ask(row)
    with pytest.raises(Refused, match="their own money"):
        clawbacks.approve(clawback_id=asked.pk, by=own)


def test_what_is_unknown_is_404():
    for verb in (
        lambda: clawbacks.ask(earning_id=new_id(), amount_minor=1, reason=REASON, by=GRACE),
        lambda: clawbacks.approve(clawback_id=new_id(), by=GRACE),
        lambda: debts.write_off(clawback_id=new_id(), why="x", by=GRACE),
        lambda: contests.contest(clawback_id=new_id(), text="x", by=GRACE),
    ):
        with pytest.raises(Refused) as refusal:
            verb()
        assert refusal.value.status == 404


def test_later_payouts_keep_at_most_their_share(indebted):
    payable(indebted, 800)
    first = sent(indebted, "tr_2")
    assert (first.amount_minor, first.recovered_minor, debt(indebted)) == (400, 400, 200)
    payable(indebted, 800)
    second = sent(indebted, "tr_3")
    assert (second.amount_minor, second.recovered_minor, debt(indebted)) == (600, 200, 0)
    payable(indebted, 800)
    assert sent(indebted, "tr_4").recovered_minor == 0
    indebted.clawback.refresh_from_db()
    assert (indebted.clawback.settled_minor, indebted.clawback.unpaid_minor) == (600, 0)
    assert list(Recovery.objects.order_by("id").values_list("way", "amount_minor")) == [
        ("payout", 400),
        ("payout", 200),
    ]


def test_a_payout_is_never_pushed_below_the_least_payout(indebted, settings):
    settings.PAYOUT_MINIMUM_MINOR = 150
    payable(indebted, 160)
    row = start(indebted)
    assert (row.amount_minor, row.recovered_minor) == (150, 10)


def test_a_payout_that_failed_owes_again_what_it_kept(indebted):
    payable(indebted, 800)
    failed(start(indebted))
    assert (debt(indebted), purse(indebted)) == (600, (0, 800, 0))
    indebted.clawback.refresh_from_db()
    assert indebted.clawback.settled_minor == 0
    assert Recovery.objects.get().undone_at is not None
    assert start(indebted).recovered_minor == 400


def test_the_oldest_debt_is_settled_first(indebted):
    payable(indebted, 200)
    sent(indebted, "tr_5")  # 100 of it is kept
    row = Earning.objects.order_by("-created_at").first()
    newer = ask(row, 50)
    payable(indebted, 1060)
    start(indebted)
    indebted.clawback.refresh_from_db()
    newer.refresh_from_db()
    assert (indebted.clawback.unpaid_minor, newer.unpaid_minor) == (0, 20)


def test_a_small_payout_leaves_the_newer_debt_as_it_is(indebted):
    payable(indebted, 200)
    sent(indebted, "tr_5")  # 100 of it is kept
    newer = ask(Earning.objects.order_by("-created_at").first(), 50)
    payable(indebted, 300)
    start(indebted)
    indebted.clawback.refresh_from_db()
    newer.refresh_from_db()
    assert (indebted.clawback.unpaid_minor, newer.unpaid_minor) == (350, 50)
    assert not Recovery.objects.filter(clawback=newer).exists()


def test_a_debt_is_written_off_by_staff_with_a_reason(indebted):
    row = indebted.clawback
    for wrong, why in ((BY, "x"), (GRACE, " ")):
        with pytest.raises(Refused):
            debts.write_off(clawback_id=row.pk, why=why, by=wrong)
    debts.write_off(clawback_id=row.pk, why="They have left.", by=GRACE)
    assert (debt(indebted), pots()[2]) == (0, -600)
    with pytest.raises(Refused, match="Nothing is left"):
        debts.write_off(clawback_id=row.pk, why="Again.", by=GRACE)
