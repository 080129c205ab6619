"""The deposits page of a client, as people see it."""

import datetime as dt

import pytest
from django.urls import reverse

from marketplace.core import clock
from payments.models import Deposit, SavedCard, TopUpRule
from tests.browser.test_pages import MODES, keep
from tests.payments.clients import client as lab
from tests.support.factories_payments import deposit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def lived():
    """A client with deposits in many states, a card, and two rules."""
    org = lab()
    deposit(org.pk, 123_456)
    terms = {"organization": org, "currency": "usd", "amount_minor": 1_250_000}
    due = clock.now() + dt.timedelta(days=14)
    bank = {"method": "bank_transfer", "state": "open", "checkout_url": "http://127.0.0.1:9/i"}
    Deposit.objects.create(**terms, **bank, invoice="in_1", received_minor=500_000, due_at=due)
    late = clock.now() - dt.timedelta(days=2)
    Deposit.objects.create(**terms, **bank, invoice="in_2", due_at=late)
    Deposit.objects.create(**terms, state="failed", failure="Your card was declined.")
    Deposit.objects.create(
        **terms,
        method="top_up",
        card="pm_1",
        state="paid",
        payment_intent="pi_1",
        paid_at=clock.now(),
    )
    card = SavedCard.objects.create(
        organization=org,
        stripe_method="pm_1",
        brand="visa",
        last4="4242",
        exp_month=4,
        exp_year=2034,
    )
    amounts = {"floor_minor": 20_000, "amount_minor": 100_000, "ceiling_minor": 500_000}
    TopUpRule.objects.create(organization=org, currency="usd", card=card, **amounts)
    TopUpRule.objects.create(
        organization=org,
        currency="eur",
        card=card,
        active=False,
        failures=3,
        off_reason="Switched off after three failures in a row, the last: Your card was declined.",
        **amounts,
    )
    return org


@pytest.mark.parametrize("mode", MODES)
def test_a_clients_deposits(look, mode, request):
    org = lived()
    eyes = look(org.memberships.get().user, **mode)
    for name, path in {
        "deposits": reverse("payments:deposits"),
        "balances": reverse("payments:client"),
    }.items():
        page = eyes.open(path)
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])
