"""Bank details that change: payouts are held, the annotator is told, and can have them frozen."""

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Notice
from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused
from marketplace.core.ids import new_id
from marketplace.core.models import AuditEntry
from payments.actions import details, onboarding, outcomes, payouts, runs
from payments.models import ConnectedAccount, Difference, Payout, StripeEvent
from payments.selectors import payouts as selector
from payments.selectors import rails
from tests.accounts.test_sign_in import totp_now
from tests.payments.money import at_stripe, pass_time, run_jobs
from tests.payments.test_webhooks import SNAPSHOT, carry, event, post
from tests.support import factories_accounts as people
from tests.support.factories_payments import BY, annotator, earn_payable, payable_annotator


def account_of(who):
    return ConnectedAccount.objects.get(annotator=who)


def told(who):
    return list(
        Notice.objects.filter(user=who.user, kind="payout_details")
        .order_by("created_at")
        .values_list("text", flat=True)
    )


def deliver(local):
    local.stripe.flush_webhooks()
    run_jobs()


@pytest.fixture
def who(local, live_server):
    """An annotator, set up at Stripe, with 10 dollars to be paid; Stripe tells us everything."""
    carry(local, live_server)
    local.fund(50_000)
    one = at_stripe(local)
    deliver(local)
    earn_payable(one, 1000)
    return one


def change(local, who, number="DE004321"):
    local.stripe.change_bank(account_of(who).stripe_account, number)
    deliver(local)


def change_unheard(local, who):
    """The same, and none of the promised jobs is run."""
    local.stripe.change_bank(account_of(who).stripe_account, "DE004321")
    details.note(account_of(who).stripe_account, by=BY)


def test_new_bank_details_hold_payouts_for_three_days(local, who):
    assert account_of(who).details_print  # the first ones: nothing to compare with
    assert told(who) == []
    change(local, who)
    row = account_of(who)
    assert row.payouts_held_until - row.details_changed_at == dt.timedelta(hours=72)
    until = f"{row.payouts_held_until:%Y-%m-%d %H:%M}"
    (text,) = told(who)
    assert text == (
        f"Your bank details at Stripe have changed. New payouts wait until {until} (UTC). If this "
        "was not you, freeze your payouts on this page now."
    )
    rail = rails.of(who)
    assert (rail.payable, rail.waits, rail.held_until) == (True, True, row.payouts_held_until)
    with pytest.raises(Refused, match=f"payouts go on from {until}") as refusal:
        payouts.request(annotator_id=who.pk, by=BY)
    assert refusal.value.code == "payouts_held"
    assert runs.plan(by=BY) == 0
    local.stripe.advance(3 * 86_400)
    pass_time(hours=72, seconds=1)
    assert not rails.of(who).waits
    assert runs.plan(by=BY) == 1


def test_the_same_event_again_holds_nothing_for_longer(local, who):
    change(local, who)
    until = account_of(who).payouts_held_until
    pass_time(hours=1)
    details.note(account_of(who).stripe_account, by=BY)
    assert account_of(who).payouts_held_until == until
    assert len(told(who)) == 1
    change(local, who, "DE009999")
    assert account_of(who).payouts_held_until > until
    assert len(told(who)) == 2


def test_a_payout_that_was_not_sent_yet_waits_too(local, who):
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    change_unheard(local, who)
    assert outcomes.take(row.pk) is None
    pass_time(hours=73)
    assert outcomes.take(row.pk).pk == row.pk


def test_what_may_have_been_sent_is_followed_all_the_same(local, who):
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    Payout.objects.filter(pk=row.pk).update(state="unknown", ambiguous=True)
    change_unheard(local, who)
    assert outcomes.take(row.pk).pk == row.pk


def test_the_first_details_are_noted_when_an_account_becomes_ready(local):
    who = annotator()
    account = local.onboarded().id
    ConnectedAccount.objects.create(annotator=who, stripe_account=account)
    onboarding.refresh(account, by=BY)
    before = account_of(who).details_print
    assert len(before) == 64
    local.stripe.change_bank(account, "DE004321")
    details.note(account, by=BY)
    assert account_of(who).details_print != before
    assert account_of(who).details_changed_at is not None


def test_accounts_of_others_and_those_without_a_bank_are_left_alone(local):
    details.note("acct_unknown", by=BY)
    bare = local.account().id
    who = annotator()
    ConnectedAccount.objects.create(annotator=who, stripe_account=bare)
    details.note(bare, by=BY)
    assert account_of(who).details_print == ""


@pytest.mark.django_db
def test_events_of_an_account_that_is_nobodys_are_stored_and_ignored():
    answer = post(
        event("account.external_account.updated", "ba_1", account="acct_stranger"), url=SNAPSHOT
    )
    assert answer.status_code == 200

    assert StripeEvent.objects.get().state == "ignored"


def staff():
    return Actor(ActorKind.STAFF, str(people.staff().pk))


@pytest.fixture
def held(db):
    """An annotator whose details changed just now, with something to be paid."""
    one = payable_annotator()
    ConnectedAccount.objects.filter(annotator=one).update(details_print="a" * 64)
    details.keep(account_of(one).stripe_account, "b" * 64, by=BY)
    earn_payable(one, 1000)
    return one


def test_who_did_not_change_them_freezes_their_payouts_for_a_person(held, client):
    client.force_login(held.user)
    page = client.get(reverse("payments:setup")).content.decode()
    assert "This was not me: freeze my payouts" in page
    for _ in range(2):  # a double click
        assert client.post(reverse("payments:freeze")).url == reverse("payments:setup")
    assert told(held)[1:] == [
        "Your payouts are frozen. A person looks into it and writes to you. Change your password."
    ]
    difference = Difference.objects.get()
    assert (difference.kind, difference.subject, difference.state) == (
        "payout_details",
        f"annotator:{held.pk}",
        "open",
    )
    page = client.get(reverse("payments:setup")).content.decode()
    assert "Your payouts are frozen" in page
    assert "This was not me" not in page
    clock.advance(dt.timedelta(days=30))
    with pytest.raises(Refused) as refusal:
        payouts.request(annotator_id=held.pk, by=BY)
    assert refusal.value.code == "payouts_frozen"
    assert selector.candidates() == []


def test_staff_let_payouts_go_on_with_a_reason(held):
    details.not_me(annotator_id=held.pk, by=BY)
    by = staff()
    details.release(annotator_id=held.pk, reason="She called, it is her new bank.", by=by)
    row = account_of(held)
    assert (row.stopped_at, row.payouts_held_until) == (None, None)
    assert row.details_changed_at is not None
    assert told(held)[-1] == "Your payouts go on. Reason: She called, it is her new bank."
    assert AuditEntry.objects.get(verb="released_payouts").reason == (
        "She called, it is her new bank."
    )
    assert (Difference.objects.get().state, Difference.objects.get().resolution) == (
        "resolved",
        "She called, it is her new bank.",
    )
    assert payouts.request(annotator_id=held.pk, by=BY)
    with pytest.raises(Refused) as refusal:
        details.release(annotator_id=held.pk, reason="Again.", by=by)
    assert refusal.value.code == "not_held"


def test_a_hold_alone_can_be_ended_by_staff_too(held):
    details.release(annotator_id=held.pk, reason="Known to us.", by=staff())
    assert not rails.of(held).waits


@pytest.mark.django_db
def test_what_releasing_and_freezing_are_refused_for():
    who = annotator()
    by = staff()
    for refused, code in [
        (lambda: details.release(annotator_id=who.pk, reason=" ", by=by), "invalid"),
        (lambda: details.release(annotator_id=who.pk, reason="x", by=by), "not_found"),
        (
            lambda: details.release(
                annotator_id=who.pk, reason="x", by=Actor(ActorKind.USER, str(who.user_id))
            ),
            "staff_only",
        ),
        (lambda: details.not_me(annotator_id=who.pk, by=BY), "no_account"),
    ]:
        with pytest.raises(Refused) as refusal:
            refused()
        assert refusal.value.code == code
    with pytest.raises(NotFound):
        details.release(annotator_id=new_id(), reason="x", by=by)


@pytest.mark.django_db
def test_postgresql_refuses_a_hold_without_a_change_and_a_stop_without_an_account():
    row = account_of(payable_annotator())
    for change in (
        {"payouts_held_until": clock.now()},
        {"details_changed_at": clock.now(), "payouts_held_until": clock.now() - dt.timedelta(1)},
        {"stripe_account": None, "stopped_at": clock.now()},
    ):
        with pytest.raises(IntegrityError, match="payments_connected"), transaction.atomic():
            ConnectedAccount.objects.filter(pk=row.pk).update(**change)


def test_details_are_changed_only_after_the_password_was_given_again(local, client):
    who = at_stripe(local)
    who.user.set_password(people.PASSWORD)
    who.user.save()
    client.force_login(who.user)
    asked = client.post(reverse("payments:setup_start"))
    assert asked.url.startswith("/accounts/reauthenticate/?next=")
    assert client.post(asked.url, {"password": "wrong"}).status_code == 200
    answer = client.post(asked.url, {"password": people.PASSWORD})
    assert answer.url.startswith(f"{local.base_url}/express/")  # the dashboard there
    answer = client.post(reverse("payments:setup_start"))  # again within five minutes
    assert answer.url.startswith(f"{local.base_url}/express/")


def test_who_has_a_second_factor_is_asked_for_it(local, client):
    who = at_stripe(local)
    who.user.set_password(people.PASSWORD)
    who.user.save()
    secret = generate_totp_secret()
    TOTP.activate(who.user, secret)
    client.force_login(who.user)
    asked = client.post(reverse("payments:setup_start"))
    assert asked.url.startswith("/accounts/2fa/reauthenticate/?next=")
    client.post("/accounts/reauthenticate/", {"password": people.PASSWORD})
    asked = client.post(reverse("payments:setup_start"))  # the password alone is not enough
    assert asked.url.startswith("/accounts/2fa/reauthenticate/?next=")
    answer = client.post(asked.url, {"code": totp_now(secret)})
    assert answer.url.startswith(f"{local.base_url}/express/")


def test_who_has_a_key_only_is_asked_for_it(local, client):
    who = at_stripe(local)
    Authenticator.objects.create(
        user=who.user, type=Authenticator.Type.WEBAUTHN, data={"name": "Key", "credential": {}}
    )
    client.force_login(who.user)
    asked = client.post(reverse("payments:setup_start"))
    assert asked.url.startswith("/accounts/2fa/webauthn/reauthenticate/?next=")
