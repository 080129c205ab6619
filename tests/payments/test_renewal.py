"""An account at Stripe that is closed is given up for another, and what was earned is paid there."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import Notice
from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from marketplace.core.models import AuditEntry
from payments.actions import bank_payouts, onboarding, payouts, renewal
from payments.models import BankPayout, ConnectedAccount, Payout
from payments.selectors import rails
from payments.states import EarningState
from payments.stripe.gateway import ToBank
from tests.payments.money import at_stripe, pass_time, purse, run_jobs, transfers
from tests.payments.refunding import refused
from tests.payments.test_onboarding import FORM, start
from tests.support import factories_accounts as people
from tests.support.desk import Desk
from tests.support.factories_payments import BY, earn_payable, payable_annotator

WHY = "She called from the number that we know."
STAFF = Actor(ActorKind.STAFF, "7")


def account(who):
    return ConnectedAccount.objects.get(annotator=who)


def renew(who, by=STAFF):
    renewal.renew(annotator_id=who.pk, reason=WHY, by=by)


@pytest.fixture
def closed(local):
    """An annotator with 30 dollars payable, whose account at Stripe was closed."""
    local.fund(50_000)
    who = at_stripe(local)
    onboarding.refresh(account(who).stripe_account, by=BY)
    earn_payable(who, 3000)
    who.old = account(who).stripe_account
    local.client.v2.core.accounts.close(who.old, {"applied_configurations": ["recipient"]})
    onboarding.refresh(who.old, by=BY)
    assert rails.of(who).closed
    return who


def test_a_new_account_is_opened_and_paid_after_the_hold(local, closed):
    assert refused(start, closed).code == "account_closed"
    renew(closed)
    row = account(closed)
    assert (row.stripe_account, row.transfers, row.renewals) == (None, "none", 1)
    until = f"{row.payouts_held_until:%Y-%m-%d %H:%M}"
    assert Notice.objects.filter(user=closed.user, kind="payout_setup").latest("pk").text == (
        f"You can open a new account at Stripe: go to your payout account. New payouts wait until "
        f"{until} (UTC), so that nobody else can have your money sent elsewhere. Reason: {WHY}"
    )
    entry = AuditEntry.objects.get(verb="renewed_account")
    assert (entry.actor, entry.reason, entry.data["was"]) == (STAFF.key, WHY, closed.old)
    local.visit(start(closed), FORM)
    onboarding.come_back(annotator_id=closed.pk, by=BY)
    row = account(closed)
    assert row.stripe_account not in (None, closed.old)
    assert (row.transfers, rails.of(closed).waits) == ("active", True)
    assert refused(payouts.request, annotator_id=closed.pk, by=BY).code == "payouts_held"
    pass_time(hours=73)
    payouts.request(annotator_id=closed.pk, by=BY)
    run_jobs()
    assert [(amount, to) for amount, to, _group in transfers(local)] == [(3000, row.stripe_account)]
    assert purse(closed) == (0, 0, 0)


def test_the_new_bank_is_held_however_late_it_is_given(local, closed):
    """Also where no bank was ever read of the old account."""
    ConnectedAccount.objects.update(details_print="")
    renew(closed)
    pass_time(days=30)
    local.visit(start(closed), FORM)
    onboarding.come_back(annotator_id=closed.pk, by=BY)
    assert account(closed).payouts_held_until > clock.now() + dt.timedelta(hours=71)


def test_the_way_to_the_new_account_asks_for_the_password(local, closed, client):
    closed.user.set_password(people.PASSWORD)
    closed.user.save()
    renew(closed)
    client.force_login(closed.user)
    assert b"given to Stripe, not to us" in client.get(reverse("payments:setup")).content
    asked = client.post(reverse("payments:setup_start"))
    assert asked.url.startswith("/accounts/reauthenticate/?next=")
    answer = client.post(asked.url, {"password": people.PASSWORD})
    assert answer.url.startswith(f"{local.base_url}/onboard/")


def test_what_the_old_account_still_tells_is_nobodys(local, closed):
    renew(closed)
    onboarding.refresh(closed.old, by=BY)
    day = clock.now()
    late = ToBank("po_1", 700, "usd", "paid", day.date(), day, "", "")
    bank_payouts.keep(closed.old, late, by=BY)
    assert not BankPayout.objects.exists()
    assert account(closed).transfers == "none"


@pytest.mark.django_db
def test_what_giving_an_account_up_is_refused_for():
    who = payable_annotator()
    assert refused(renew, who).code == "not_closed"
    own = Actor(ActorKind.STAFF, str(who.user_id))
    ConnectedAccount.objects.update(transfers="closed", stopped_at=clock.now())
    assert refused(renew, who, own).code == "not_oneself"
    assert refused(renew, who, Actor(ActorKind.USER, str(who.user_id))).code == "staff_only"
    assert refused(renew, who).code == "payouts_frozen"
    ConnectedAccount.objects.update(transfers="active", stopped_at=None)
    earn_payable(who, 3000)
    payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    ConnectedAccount.objects.update(transfers="closed")
    assert refused(renew, who).code == "payout_open"
    Payout.objects.get().earnings.update(state=EarningState.PAYABLE, payout=None)
    Payout.objects.update(state="failed")
    assert refused(renewal.renew, annotator_id=who.pk, reason=" ", by=STAFF).code == "invalid"
    with pytest.raises(NotFound):
        renewal.renew(annotator_id=new_id(), reason=WHY, by=STAFF)
    ConnectedAccount.objects.all().delete()
    with pytest.raises(NotFound):
        renew(who)


@pytest.mark.django_db
def test_staff_do_it_on_the_desk():
    who, browser = payable_annotator(), Desk(administrator=True).browser

    def ask(reason):
        return browser.post(
            reverse("admin:payments_connectedaccount_changelist"),
            {"action": "renew", "_selected_action": [str(who.pk)], "reason": reason},
            follow=True,
        ).content.decode()

    assert "This account at Stripe is not closed." in ask(WHY)
    ConnectedAccount.objects.update(transfers="closed")
    assert "1 annotator can open a new account." in ask(WHY)
    assert account(who).renewals == 1
