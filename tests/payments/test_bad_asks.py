"""What cannot be done now, at the doors: a sentence that says what to do, and nothing moves or is lost.

Above what is free or allowed, a key used for something else, payouts that cannot be, and webhooks
that are not Stripe's or not ours. Amounts that cannot be at all are in test_bad_amounts.py.
"""

import time

import pytest
from django.urls import reverse

from accounts.states import Role
from marketplace.core.models import OutboxMessage
from payments.actions import limits
from payments.models import ConnectedAccount, Deposit, Payout, StripeEvent
from tests.payments.bad_input import kept, moved, says
from tests.payments.clients import save_card
from tests.payments.money import purse
from tests.payments.test_webhooks import SECRET, SNAPSHOT, THIN, THIN_SECRET, event, post
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work
from tests.support.api import Api


@pytest.fixture
def org(db):
    return people.organization()


@pytest.fixture
def owner(client, org):
    """An owner who may pay in 40 dollars a month, signed in."""
    client.force_login(org.memberships.get(role=Role.OWNER).user)
    who = people.owner_of(org)
    limits.set_limit(
        organization_id=org.pk, holder=who.key, act="deposit", currency="usd", most_minor=4000,
        by=who,
    )  # fmt: skip
    return client


# --- above what is free or allowed --------------------------------------------------------------
def test_a_project_is_not_given_more_than_is_free_and_gives_no_promised_money_back(db):
    api = Api()
    project = work.project(tasks=2, fund=2000, client=api.organization)
    work.claim(work.expert())
    money.deposit(api.organization.pk, 5000)
    before = moved()
    status, problem = api.post(f"/projects/{project.pk}/funds", {"amount_minor": 5001})
    assert (status, problem["code"], problem["free_minor"]) == (409, "funds_short", 5000)
    assert problem["detail"] == "$50.00 is paid in and free. Pay more in."
    free = api.get(f"/projects/{project.pk}/funds")[1]["funds_minor"]
    status, problem = api.post(
        f"/projects/{project.pk}/funds/take-back", {"amount_minor": free + 1}
    )
    assert (status, problem["code"], problem["free_minor"]) == (409, "funds_short", free)
    assert problem["detail"].endswith(
        " is free in this project. Ask for no more: what is promised to work stays."
    )
    assert 0 < free < 2000
    status, problem = api.post("/refunds", {"currency": "usd", "amount_minor": 5001})
    assert (status, problem["code"], problem["free_minor"]) == (409, "funds_short", 5000)
    assert problem["detail"].startswith("$50.00 is free. Take money back from projects first")
    assert moved() == before


def test_what_is_above_a_limit_stays_typed(owner, local, org):
    card = save_card(local, org)
    before = moved()
    left = (
        "You may pay in $40.00 a month, and $40.00 is left of this month. An owner can change it."
    )
    form = {"organization": org.pk, "currency": "usd"}
    typed = {"amount_minor": "40.01", "method": "bank_transfer"}
    page = owner.post(reverse("payments:deposits"), {**form, **typed})
    assert (page.status_code, left in says(page)) == (422, True)
    assert set(typed.values()) <= kept(page)
    rule = {"floor_minor": "20", "amount_minor": "30", "ceiling_minor": "41", "card": str(card.pk)}
    page = owner.post(reverse("payments:top_up_set"), {**form, **rule})
    assert (page.status_code, "You may pay in $40.00 a month: the ceiling" in says(page)) == (
        422,
        True,
    )
    assert set(rule.values()) <= kept(page)
    assert moved() == before


# --- the same key with other parameters ---------------------------------------------------------
def test_a_key_that_was_used_for_something_else_is_told_to_take_another(db):
    api = Api()
    once = {"Idempotency-Key": "order-7"}
    body = {"currency": "usd", "amount_minor": 5000}
    first = api.post("/deposits", body, **once)
    assert first[0] == 201
    before = moved()
    status, problem = api.post("/deposits", {**body, "amount_minor": 5001}, **once)
    assert (status, problem["code"]) == (422, "idempotency_mismatch")
    assert problem["detail"].endswith("Send this one under a new key.")
    assert api.post("/deposits", body, **once) == first
    assert (moved(), Deposit.objects.get().amount_minor) == (before, 5000)


# --- payouts ------------------------------------------------------------------------------------
REASONS = {
    "below": "Payouts begin at $25.00; $7.50 more and you can ask.",
    "restricted": "Open your payout account and give what is missing; then ask again.",
    "closed": "Your account at Stripe is closed, so nothing can be sent. Write to support.",
    "none": "Finish your payout set-up at Stripe first.",
}


@pytest.mark.django_db
@pytest.mark.parametrize("why", REASONS)
def test_a_payout_that_cannot_be_says_what_to_do(client, settings, why):
    settings.PAYOUT_MINIMUM_MINOR = 0
    who = money.payable_annotator(transfers="active" if why == "below" else why)
    money.earn_payable(who, 1_750 if why == "below" else 5_000)
    client.force_login(who.user)
    had, before = purse(who), moved()
    page = client.post(reverse("payments:payouts_request"), follow=True)
    assert (page.status_code, REASONS[why] in says(page)) == (200, True)
    assert (purse(who), moved(), Payout.objects.count()) == (had, before, 0)


@pytest.mark.django_db
def test_control_the_same_payout_begins_once_nothing_stands_against_it(client, settings):
    settings.PAYOUT_MINIMUM_MINOR = 0
    who = money.payable_annotator()
    money.earn_payable(who, 2_500)
    client.force_login(who.user)
    page = client.post(reverse("payments:payouts_request"), follow=True)
    assert "Your payout is on its way." in says(page)
    assert purse(who) == (0, 0, 2_500)


# --- webhooks -----------------------------------------------------------------------------------
SIGNED = "No secret of ours signed this within the last five minutes. Compare the endpoint's"
FORGED = {
    "forged": ({"header": "t=1,v1=00"}, {}, SIGNED),
    "stale": ({"at": -301}, {}, SIGNED),
    "future-dated": ({"at": 330}, {}, "The signature is from the future. Set this machine's clock"),
    "wrong secret": ({"secret": "whsec_other"}, {}, SIGNED),
    "wrong mode": ({}, {"livemode": True}, "Make the webhook endpoint in the mode of"),
    "wrong door": (
        {},
        {"object": "other"},
        "snapshot events go to /webhooks/stripe/, thin ones to /webhooks/stripe/thin/.",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("url", [SNAPSHOT, THIN])
@pytest.mark.parametrize("kind", FORGED)
def test_a_webhook_that_is_not_stripes_is_refused_at_both_doors(url, kind):
    """Scenario 22: forged, stale, future-dated, of the wrong secret and mode: 400, nothing stored."""
    signing, inside, words = FORGED[kind]
    ours, thin = (SECRET, False) if url == SNAPSHOT else (THIN_SECRET, True)
    if "object" in inside:
        inside = {"object": "event" if thin else "v2.core.event"}
    letter = {**event(), "object": "v2.core.event" if thin else "event", **inside}
    if "at" in signing:
        signing = {"at": int(time.time()) + signing["at"]}
    before = moved()
    answer = post(letter, url=url, **{"secret": ours, **signing})
    assert (answer.status_code, words in answer.json()["error"]) == (400, True)
    assert (moved(), OutboxMessage.objects.count()) == (before, 0)
    assert post({**letter, **CURED[thin]}, url=url, secret=ours).status_code == 200  # the control


CURED = {
    False: {"object": "event", "livemode": False},
    True: {"object": "v2.core.event", "livemode": False},
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["payout.paid", "account.application.deauthorized"])
def test_a_webhook_of_a_stranger_s_account_is_ignored(kind):
    """Scenario 22: of another account; the same event of an annotator's own is taken."""
    who = money.payable_annotator()
    before = ConnectedAccount.objects.values().get()
    assert post(event(kind, "po_1", account="acct_stranger")).status_code == 200
    row = StripeEvent.objects.get()
    assert (row.state, row.account, OutboxMessage.objects.count()) == (
        "ignored",
        "acct_stranger",
        0,
    )
    assert ConnectedAccount.objects.values().get() == before
    own = ConnectedAccount.objects.get(annotator=who).stripe_account
    assert post(event(kind, "po_1", account=own, id="evt_2")).status_code == 200
    assert OutboxMessage.objects.get().args == {"event_id": "evt_2"}
