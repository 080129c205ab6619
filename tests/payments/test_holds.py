"""How long earned money waits: by trust, longer only by a person, never shorter than told."""

import datetime as dt

import pytest

from accounts.models import AdverseAct, AnnotatorProfile, Notice
from accounts.states import AdverseKind, PolicyRule
from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused
from marketplace.core.ids import new_id
from marketplace.core.models import AuditEntry
from payments.actions import contests, holds
from payments.models import Earning, Payout
from tests.payments.clawing import ADA, ask, payable, sent
from tests.support import factories_accounts as people
from tests.support.factories_payments import annotator, earn, earn_payable, payable_annotator

pytestmark = pytest.mark.django_db


def staff():
    return Actor(ActorKind.STAFF, str(people.staff().pk))


def days_of(who):
    hold = holds.of([who.pk])[who.pk]
    return (hold.until - clock.now()) / dt.timedelta(days=1), hold.reason


def is_trusted(who):
    return days_of(who)[0] < 1.5


def sent_payout(who, days_ago):
    return Payout.objects.create(
        annotator=who,
        destination="acct_1",
        currency="usd",
        amount_minor=100,
        state="sent",
        stripe_transfer=f"tr_{new_id()}",
        sent_at=clock.now() - dt.timedelta(days=days_ago),
    )


def withheld(who, **more):
    return AdverseAct.objects.create(
        annotator=who,
        kind=AdverseKind.PAY_WITHHELD,
        subject="payout:1",
        policy_version=1,
        evidence=["payout:1"],
        text="x",
        by="command:tests",
        **{"rule": PolicyRule.HOLD, **more},
    )


def test_new_annotators_wait_a_week_and_trusted_ones_a_day():
    new, trusted = annotator(), annotator()
    AnnotatorProfile.objects.filter(pk=trusted.pk).update(tier=2)
    days, reason = days_of(new)
    assert (round(days, 2), reason) == (
        7,
        "Held for 7 days while you are new here. Later it is 1 day.",
    )
    days, reason = days_of(trusted)
    assert (round(days, 2), reason) == (1, "Accepted work is held for 1 day before it can be paid.")
    assert set(holds.of([new.pk, trusted.pk])) == {new.pk, trusted.pk}


def test_the_days_are_settings(settings):
    settings.HOLD_DAYS_NEW, settings.HOLD_DAYS_TRUSTED = 3, 2
    days, reason = days_of(annotator())
    assert (round(days, 2), reason) == (
        3,
        "Held for 3 days while you are new here. Later it is 2 days.",
    )


@pytest.mark.parametrize(("days_ago", "trusted"), [(31, True), (29, False)])
def test_trust_grows_from_the_first_payout_on(days_ago, trusted):
    who = annotator()
    sent_payout(who, days_ago)
    assert is_trusted(who) is trusted


@pytest.mark.parametrize("paid", [False, True])
def test_what_was_taken_back_lately_costs_the_trust_unless_found_wrong(paid):
    """Also where what was taken stays noted on the earning, because it was paid out since."""
    who, other = payable_annotator(), annotator()
    for one in (who, other):
        sent_payout(one, 40)
    row = payable(who)
    assert is_trusted(who)
    made = ask(row, 400)
    if paid:
        sent(who)
    assert (is_trusted(who), is_trusted(other)) == (False, True)
    contests.reverse(clawback_id=made.pk, why="It was ours to explain.", by=ADA)
    assert is_trusted(who)
    assert Earning.objects.get(pk=row.pk).taken_minor == (400 if paid else 0)


def test_pay_withheld_lately_costs_the_trust_unless_found_wrong():
    who = annotator()
    sent_payout(who, 40)
    act = withheld(who)
    days, reason = days_of(who)
    assert (round(days, 2), reason) == (
        7,
        "Held for 7 days, because pay was taken back or held within 90 days.",
    )
    AdverseAct.objects.filter(pk=act.pk).update(reversed_at=clock.now(), reversed_why="Mistake.")
    assert is_trusted(who)
    withheld(who, at=clock.now() - dt.timedelta(days=91))
    assert is_trusted(who)


def test_an_unclear_answer_of_stripe_costs_no_trust():
    who = annotator()
    sent_payout(who, 40)
    withheld(who, rule=PolicyRule.PAYOUT)
    assert is_trusted(who)


def lengthen(row, *, days=14, reason="The answer is looked into.", by=None):
    return holds.lengthen(
        earning_id=row.pk,
        until=clock.now() + dt.timedelta(days=days),
        reason=reason,
        by=by or staff(),
    )


def test_a_person_holds_an_earning_for_longer_and_says_why():
    who = annotator()
    row = earn(who, 500, label="Task 7")
    before = row.hold_until
    by = staff()
    lengthen(row, by=by)
    row.refresh_from_db()
    assert row.hold_until - before > dt.timedelta(days=6)
    assert row.hold_reason == "A person holds this for longer: see why."
    act = AdverseAct.objects.get(annotator=who)
    assert (act.kind, act.subject, act.rule, act.text, act.by) == (
        "pay_withheld",
        f"earning:{row.pk}",
        "pay.hold_longer",
        "The answer is looked into.",
        by.key,
    )
    notice = Notice.objects.get(user=who.user)
    assert notice.text.startswith("Your $5.00 for “Task 7” are held until ")
    assert notice.text.endswith("Reason: The answer is looked into.")
    assert notice.link == f"/decisions/{act.pk}/"
    assert AuditEntry.objects.filter(verb="lengthened_hold").get().reason == (
        "The answer is looked into."
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": " "}, "invalid"),
        ({"days": 6}, "invalid"),  # earlier than told
        ({"days": 91}, "invalid"),
        ({"by": Actor(ActorKind.USER, str(new_id()))}, "staff_only"),
    ],
)
def test_what_a_longer_hold_is_refused_for(change, code):
    row = earn(annotator(), 500)
    with pytest.raises(Refused) as refusal:
        lengthen(row, **change)
    assert refusal.value.code == code
    assert Earning.objects.get().hold_until == row.hold_until
    assert not AdverseAct.objects.exists()


def test_money_whose_hold_is_over_is_not_held_again():
    (row,) = earn_payable(annotator(), 500)
    with pytest.raises(Refused) as refusal:
        lengthen(row)
    assert refusal.value.code == "hold_over"
    row.pk = new_id()
    with pytest.raises(NotFound):
        lengthen(row)


def test_nobody_holds_their_own():
    desk = people.staff()
    who = annotator()
    AnnotatorProfile.objects.filter(pk=who.pk).update(user=desk)
    row = earn(who, 500)
    with pytest.raises(Refused) as refusal:
        lengthen(row, by=Actor(ActorKind.STAFF, str(desk.pk)))
    assert refusal.value.code == "not_oneself"
