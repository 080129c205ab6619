"""A row's page at the desk says its columns as people say them: amounts in their currency, words."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse

from marketplace.core import clock
from payments.models import (
    BillingDetails,
    Clawback,
    ConnectedAccount,
    Deposit,
    Dispute,
    Payout,
    Recovery,
    Reversal,
    SavedCard,
    SpendLimit,
)
from tests.payments import clawing
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _second_factor(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "ForcedMfa" not in name]


def told(row):
    """By label what the page of a row says to people."""
    name = f"{row._meta.app_label}_{row._meta.model_name}"
    page = Desk(administrator=True).browser.get(reverse(f"admin:{name}_change", args=[row.pk]))
    assert page.status_code == 200
    text = page.content.decode().split("What the machines keep")[0]
    pairs = re.findall(
        r"<label>(.*?):</label>\s*<div class=\"readonly\">(.*?)</div>", text, re.DOTALL
    )
    return {label: html.unescape(re.sub("<[^>]*>", "  ", value)).strip() for label, value in pairs}


def test_what_settled_a_debt_has_its_currency():
    who = money.payable_annotator()
    earned = clawing.payable(who, 5_000)
    sent = clawing.sent(who)
    earned.refresh_from_db()
    clawing.ask(earned, 3_000)
    debt = Clawback.objects.get()
    back = Reversal.objects.create(
        payout=Payout.objects.get(pk=sent.pk), clawback=debt, currency="usd", amount_minor=2_500,
        state="done", stripe_reversal="trr_1", done_at=clock.now(), asked_by="staff:1", reason="R",
    )  # fmt: skip
    row = Recovery.objects.create(clawback=debt, way="reversal", reversal=back, amount_minor=2_500)
    assert told(row)["Amount"] == "$25.00"


def test_a_dispute_says_its_reason_in_words():
    row = Dispute.objects.create(
        stripe_dispute="dp_1", payment_intent="pi_1", organization=people.organization(),
        currency="usd", amount_minor=3_000, state="open", reason="product_not_received",
    )  # fmt: skip
    assert told(row)["Reason"] == "nothing received"


def test_a_card_payment_has_no_part_that_came_so_far():
    terms = {"organization": people.organization(), "currency": "usd", "amount_minor": 90_000}
    card = Deposit.objects.create(**terms, state="paid", payment_intent="pi_1", paid_at=clock.now())
    assert "Received so far" not in told(card)
    bank = Deposit.objects.create(
        **terms, method="bank_transfer", state="open", checkout_url="http://127.0.0.1:9/i",
        invoice="in_1", received_minor=4_000, due_at=clock.now() + dt.timedelta(days=9),
    )  # fmt: skip
    assert told(bank)["Received so far"] == "$40.00"


def test_what_stripe_wants_an_address_a_card_and_a_limit_are_said_in_words():
    who = money.payable_annotator()
    ConnectedAccount.objects.filter(annotator=who).update(
        requirements=["identity.individual.documents", "external_account"],
        requirements_due_at=dt.datetime(2027, 1, 9, 15, 30, tzinfo=dt.UTC),
    )
    account = told(ConnectedAccount.objects.get(annotator=who))
    assert re.split(r"\s{2,}", account["What Stripe asks them for"]) == [
        "A document that shows who you are (identity.individual.documents)",
        "A bank account to be paid on (external_account)",
    ]
    assert account["Stripe waits for it until"] == "Jan. 9, 2027, 3:30 p.m."
    lab = people.organization()
    bills = told(
        BillingDetails.objects.create(
            organization=lab, legal_name="Lab", line1="Weg 1", city="Bonn", country="DE",
            vat_id="DE123456789", emails=["a@lab.example", "b@lab.example"],
        )
    )  # fmt: skip
    assert (bills["Address"], bills["VAT id"]) == ("Weg 1", "DE123456789")
    card = told(
        SavedCard.objects.create(
            organization=lab, stripe_method="pm_1", brand="visa", last4="4242", exp_month=4,
            exp_year=2030,
        )
    )  # fmt: skip
    assert (card["Brand"], card["Last four digits"]) == ("Visa", "4242")
    limit = told(
        SpendLimit.objects.create(
            organization=lab, holder="user:1", act="allocate", currency="usd", most_minor=500_000,
            set_by="staff:1",
        )
    )  # fmt: skip
    assert (limit["What for"], limit["At most"]) == ("to projects", "$5,000.00")
