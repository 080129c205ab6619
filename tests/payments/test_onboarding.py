"""An annotator's account at Stripe: opened once, set up on Stripe's page, read as it is."""

import datetime as dt
import uuid
from types import SimpleNamespace

import pytest
from django.urls import reverse

from accounts.models import Notice
from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from payments.actions import onboarding
from payments.models import ConnectedAccount
from payments.selectors import rails
from payments.stripe import accounts
from tests.payments.money import at_stripe, run_jobs
from tests.payments.test_webhooks import carry
from tests.support.factories_payments import BY, annotator
from tests.support.races import codes, times, values

BACK = "http://127.0.0.1:9/back"
FORM = {"holder_name": "Ada", "account_number": "000123456789", "action": "complete"}


def start(who):
    return onboarding.start(annotator_id=who.pk, return_url=BACK, refresh_url=BACK, by=BY)


def opened(local):
    return local.stripe.summary()["calls"]["by_path"].get("POST /v2/core/accounts", 0)


def test_the_whole_way_through_the_pages(local, client):
    who = annotator()
    client.force_login(who.user)
    answer = client.post(reverse("payments:setup_start"))
    assert answer.status_code == 302
    assert answer.url.startswith(f"{local.base_url}/onboard/")
    assert not rails.payable(who)
    back = local.visit(answer.url, FORM).location
    assert back.endswith(reverse("payments:setup_return"))
    assert not rails.payable(who)  # what Stripe says counts, not the way back
    assert client.get(reverse("payments:setup_return")).url == reverse("payments:setup")
    assert rails.of(who) == rails.Rail("connect_transfer", payable=True, transfers="active")
    assert b"Your account is ready" in client.get(reverse("payments:setup")).content
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))[-2:] == [
        "opened_account",
        "rail_changed",
    ]
    assert OutboxMessage.objects.filter(job="tasks.refresh_annotator").count() == 1


def test_a_second_start_uses_the_same_account(local):
    who = annotator()
    assert start(who) != start(who)
    assert (opened(local), ConnectedAccount.objects.count()) == (1, 1)


def test_an_answer_that_was_lost_does_not_open_a_second_account(local):
    who = annotator()
    local.stripe.add_fault("drop_after", path="/v2/core/accounts$")
    with pytest.raises(Refused) as refusal:
        start(who)
    assert (refusal.value.code, refusal.value.status) == ("stripe_unavailable", 503)
    assert start(who)
    assert len(local.client.v2.core.accounts.list().data) == 1
    assert (
        ConnectedAccount.objects.get().stripe_account
        == local.client.v2.core.accounts.list().data[0].id
    )


@pytest.mark.concurrency
def test_three_starts_at_once_open_one_account(local):
    who = annotator()
    ends = times(3, lambda: start(who))
    links = values(ends)
    assert links
    assert all(link.startswith(local.base_url) for link in links)
    # 409: another one is opening it at this moment
    assert codes(ends) == ["stripe_unavailable"] * (3 - len(links))
    assert len(local.client.v2.core.accounts.list().data) == 1


@pytest.mark.django_db
def test_a_country_without_a_rail_is_told_before_anything():
    with pytest.raises(Refused) as refusal:
        start(annotator("IN"))
    assert refusal.value.code == "no_rail"
    with pytest.raises(NotFound):
        onboarding.start(annotator_id=uuid.uuid4(), return_url=BACK, refresh_url=BACK, by=BY)


@pytest.mark.parametrize("status", ["pending", "restricted", "unsupported", "rejected"])
def test_only_active_is_payable(local, status):
    who = annotator()
    start(who)
    account = ConnectedAccount.objects.get()
    local.stripe.set_transfers(account.stripe_account, "active")
    onboarding.come_back(annotator_id=who.pk, by=BY)
    assert rails.payable(who)
    local.stripe.set_transfers(account.stripe_account, status)
    onboarding.refresh(account.stripe_account, by=BY)
    assert (rails.payable(who), rails.of(who).transfers) == (False, status)


def test_a_closed_account_is_not_payable(local):
    who = annotator()
    start(who)
    account = ConnectedAccount.objects.get().stripe_account
    local.stripe.set_transfers(account, "active")
    local.client.v2.core.accounts.close(account)
    onboarding.refresh(account, by=BY)
    assert rails.of(who).transfers == "closed"


def test_accounts_of_others_are_left_alone(local):
    account = local.account()
    onboarding.refresh(account.id, by=BY)
    onboarding.refresh("acct_unknown", by=BY)
    assert not ConnectedAccount.objects.exists()


def test_coming_back_while_stripe_is_away_is_a_sentence(local, client):
    who = annotator()
    start(who)
    local.stripe.add_fault("500_before", method="GET", path="/v2/core/accounts/")
    client.force_login(who.user)
    answer = client.get(reverse("payments:setup_return"), follow=True)
    assert answer.status_code == 200
    assert b"Stripe could not be reached" in answer.content


def test_coming_back_without_an_account_asks_nothing(local):
    onboarding.come_back(annotator_id=annotator().pk, by=BY)
    assert local.stripe.calls == []


def test_one_account_that_cannot_be_read_does_not_stop_the_recheck(local):
    rows = [ConnectedAccount.objects.get(annotator=at_stripe(local)) for _ in range(2)]
    clock.advance(dt.timedelta(hours=2))
    ConnectedAccount.objects.filter(pk=rows[1].pk).update(checked_at=rows[1].created_at)
    local.stripe.add_fault("500_before", method="GET", path=rows[0].stripe_account)
    assert onboarding.recheck(by=BY) == 2
    prints = {row.pk: len(row.details_print) for row in ConnectedAccount.objects.all()}
    assert prints == {rows[0].pk: 0, rows[1].pk: 64}


def test_who_leaves_the_platform_is_closed_and_told(local, live_server):
    """`account.application.deauthorized`: the account cannot be read any more."""
    carry(local, live_server)
    who = at_stripe(local)
    account = ConnectedAccount.objects.get(annotator=who).stripe_account
    local.stripe.deauthorize(account)
    local.stripe.flush_webhooks()
    run_jobs()
    assert (rails.of(who).transfers, rails.of(who).closed) == ("closed", True)
    assert Notice.objects.filter(user=who.user, kind="payout_setup").get().text == (
        "Your account at Stripe is closed to us: nothing can be sent to it any more. Write to "
        "support, who let you open a new one."
    )
    with pytest.raises(Refused) as refusal:
        start(who)
    assert refusal.value.code == "account_closed"
    assert onboarding.recheck(by=BY) == 0


def test_an_account_of_before_gets_its_bank_noted_by_the_recheck(local):
    who = at_stripe(local)
    rows = ConnectedAccount.objects.filter(annotator=who)
    clock.advance(dt.timedelta(hours=2))
    assert onboarding.recheck(by=BY) == 1
    assert len(rows.get().details_print) == 64
    clock.advance(dt.timedelta(hours=2))
    assert onboarding.recheck(by=BY) == 0


@pytest.mark.parametrize("text", ["soon", "", None, 7])
def test_a_deadline_that_cannot_be_read_is_none(text):
    row = SimpleNamespace(
        to_dict=lambda: {
            "id": "acct_1",
            "requirements": {"summary": {"minimum_deadline": {"time": text}}},
        }
    )
    assert accounts._account(row).due is None


def test_a_deadline_is_read_as_a_time():
    shown = {
        "id": "a",
        "requirements": {"summary": {"minimum_deadline": {"time": "2031-05-06T07:08:09Z"}}},
    }
    row = SimpleNamespace(to_dict=lambda: shown)
    assert accounts._account(row).due == dt.datetime(2031, 5, 6, 7, 8, 9, tzinfo=dt.UTC)


def test_new_bank_details_are_noticed_though_their_event_was_lost(local):
    who = at_stripe(local)
    account = ConnectedAccount.objects.get(annotator=who).stripe_account
    onboarding.refresh(account, by=BY)
    assert not rails.of(who).waits
    local.stripe.change_bank(account, "DE004321")
    onboarding.refresh(account, by=BY)
    assert rails.of(who).waits
