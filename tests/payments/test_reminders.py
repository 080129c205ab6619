"""Reminders of what Stripe still wants: once a week at most, in words, with the day."""

import datetime as dt

import pytest

from accounts.models import Notice
from marketplace.core import clock
from payments import jobs
from payments.actions import onboarding
from payments.models import ConnectedAccount
from payments.selectors.rails import in_words
from payments.stripe.gateway import Account
from tests.payments.money import pass_time
from tests.support.factories_payments import BY, payable_annotator

pytestmark = pytest.mark.django_db


def waiting(*needs, transfers="restricted", **more):
    who = payable_annotator(transfers=transfers)
    ConnectedAccount.objects.filter(annotator=who).update(
        requirements=list(needs), created_at=clock.now() - dt.timedelta(days=2), **more
    )
    return who


def told(who):
    rows = Notice.objects.filter(user=who.user, kind="payout_reminder").order_by("created_at")
    return list(rows.values_list("text", flat=True))


def test_who_has_not_finished_is_reminded_once_a_week():
    who = waiting("default_payment_method", "identity.individual.name")
    jobs.remind_of_requirements()
    jobs.remind_of_requirements()
    wanted = "A bank account to be paid on; Your name"
    assert told(who) == [f"Stripe still wants from you, to pay you: {wanted}."]
    pass_time(days=7, seconds=-10)
    jobs.remind_of_requirements()
    assert len(told(who)) == 1
    pass_time(seconds=20)
    jobs.remind_of_requirements()
    assert len(told(who)) == 2
    assert Notice.objects.filter(user=who.user).first().link == "/payouts/setup/"


def test_a_deadline_is_named_also_while_payouts_still_work():
    who = waiting(
        "identity.individual.id_numbers",
        transfers="active",
        requirements_due_at=dt.datetime(2031, 5, 6, 7, tzinfo=dt.UTC),
    )
    jobs.remind_of_requirements()
    assert told(who) == [
        "Stripe wants from you until 2031-05-06, to go on paying you: Your tax or identity number."
    ]


def test_a_long_list_is_cut_and_what_is_not_known_stays_in_stripes_words():
    who = waiting("a.b_c", "identity.individual.address.line1", "external_account", "x", "y")
    jobs.remind_of_requirements()
    wanted = "a: b c; Your address; A bank account to be paid on and 2 more"
    assert told(who) == [f"Stripe still wants from you, to pay you: {wanted}."]
    assert in_words("identity.individual.named") == "identity: individual: named"


def test_restricted_without_a_word_is_told_too():
    who = waiting()
    jobs.remind_of_requirements()
    assert told(who)[0].startswith("Stripe cannot send you money yet and asks for nothing")


def test_who_is_ready_closed_or_has_just_begun_is_left_alone():
    ready, closed, new = waiting(transfers="active"), waiting(transfers="closed"), waiting("x")
    ConnectedAccount.objects.filter(annotator=new).update(created_at=clock.now())
    jobs.remind_of_requirements()
    assert not Notice.objects.exists()
    assert (told(ready), told(closed), told(new)) == ([], [], [])


def test_the_deadline_is_kept_as_read():
    who = payable_annotator()
    account = ConnectedAccount.objects.get(annotator=who)
    due = dt.datetime(2031, 5, 6, tzinfo=dt.UTC)
    onboarding.keep(Account(account.stripe_account, "active", ("x",), closed=False, due=due), by=BY)
    account.refresh_from_db()
    assert (account.requirements, account.requirements_due_at) == (["x"], due)
