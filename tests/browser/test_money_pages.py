"""Earnings, payouts and the payout account as their annotator sees them."""

import datetime as dt

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from marketplace.core import clock
from payments.actions import bank_payouts, details
from payments.models import ConnectedAccount, Earning, Payout
from payments.stripe.gateway import ToBank
from tests.browser.looking import WIDE
from tests.browser.test_pages import MODES, keep
from tests.support.factories_accounts import PASSWORD
from tests.support.factories_payments import BY, earn, earn_payable, payable_annotator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def to_bank(number, status, **more):
    return ToBank(
        id=f"po_{number}",
        amount_minor=124_000 + number,
        currency="usd",
        status=status,
        arrives_on=clock.now().date(),
        made_at=clock.now() - dt.timedelta(days=number),
        failure_code=more.get("failure_code", ""),
        failure=more.get("failure", ""),
    )


def paid_and_waiting():
    """Somebody with money in every state, and a bank that sent some back."""
    who = payable_annotator()
    account = ConnectedAccount.objects.get(annotator=who).stripe_account
    row = earn(who, 4_550, label="Judge whether this function does what its docstring says")
    Earning.objects.filter(pk=row.pk).update(
        lines=[
            {"kind": "base", "amount_minor": 4_000, "text": "Price of the task"},
            {"kind": "bonus", "amount_minor": 400, "text": "Bonus for quality"},
            {"kind": "floor", "amount_minor": 150, "text": "Topped up to $60 an hour"},
        ]
    )
    earn_payable(who, 3_000, 1_234)
    sent = earn_payable(who, 2_500)
    payout = Payout.objects.create(
        annotator=who,
        destination=account,
        currency="usd",
        amount_minor=2_500,
        state="sent",
        stripe_transfer="tr_1QabcDEF2345678",
        sent_at=clock.now(),
    )
    Earning.objects.filter(pk=sent[0].pk).update(state="paid", payout=payout)
    bank_payouts.keep(account, to_bank(0, "in_transit"), by=BY)
    bank_payouts.keep(account, to_bank(7, "paid"), by=BY)
    bank_payouts.keep(account, to_bank(14, "paid"), by=BY)
    gone = "The bank account has been closed"
    back = to_bank(14, "failed", failure_code="account_closed", failure=gone)
    bank_payouts.keep(account, back, by=BY)
    return who, account


@pytest.mark.parametrize("mode", MODES)
def test_money_and_how_it_reaches_its_annotator(look, mode, request):
    who, account = paid_and_waiting()
    eyes = look(who.user, **mode)
    page = eyes.open(reverse("payments:earnings"))
    page.locator("details.money-item").last.locator("summary").click()
    keep(page, "earnings", request)
    assert (eyes.complaints, eyes.barriers(page)) == ([], [])
    ConnectedAccount.objects.filter(annotator=who).update(
        details_print="a" * 64, requirements=["identity.individual.documents"]
    )
    details.keep(account, "b" * 64, by=BY)
    page = eyes.open(reverse("payments:setup"))
    keep(page, "payout-account", request)
    assert (eyes.complaints, eyes.barriers(page)) == ([], [])


@pytest.mark.parametrize("mode", MODES)
def test_who_changes_payout_details_shows_anew_that_it_is_they(look, mode, request):
    """By their password, or by the second factor of who has one; and one that is wrong is told."""
    who, other = payable_annotator(), payable_annotator()
    TOTP.activate(other.user, generate_totp_secret())
    found = {}
    for name, one, asks, gives, wrong in (
        ("again-password", who, "password", "nonsense", "Incorrect password."),
        ("again-code", other, "authenticator code", "000000", "Incorrect code."),
    ):
        one.user.set_password(PASSWORD)
        one.user.save()
        eyes = look(one.user, **mode)
        page = eyes.open(reverse("payments:setup"))
        page.get_by_role("button", name="Change details at Stripe").click()
        page.wait_for_load_state("networkidle")
        for step in ("", "-wrong"):
            keep(page, f"{name}{step}", request)
            text = page.inner_text("main")
            here = [
                f"does not say: {one}" for one in [asks, *[wrong] * bool(step)] if one not in text
            ]
            here += [*eyes.complaints, *eyes.barriers(page)]
            here += ["wider than the screen"] * (page.evaluate(WIDE) > 0)
            eyes.complaints.clear()  # axe's own styles
            if here:
                found[f"{name}{step}"] = here
            page.locator("main form input:visible").first.fill(gives)
            page.locator("main form button[type=submit]").first.click()
            page.wait_for_load_state("networkidle")
    assert found == {}
