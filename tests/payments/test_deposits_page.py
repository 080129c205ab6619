"""The page on which a client pays money in, through the door."""

import pytest
from django.urls import reverse

from accounts.models import Membership
from payments.currencies import minor
from payments.models import Deposit, SavedCard, TopUpRule
from tests.payments.clients import client as lab
from tests.payments.clients import save_card
from tests.payments.money import run_jobs
from tests.support import factories_accounts as people
from tests.support.factories_payments import deposit

RULE = {"currency": "usd", "floor_minor": "20", "amount_minor": "1,000", "ceiling_minor": "3,000"}


def send(client, org, name, *args, **form):
    return client.post(
        reverse(f"payments:{name}", args=args), {"organization": org.pk, **form}, follow=True
    )


def signed_in(client, org, role="owner"):
    if role != "owner":
        Membership.objects.create(organization=org, user=people.user(), role=role)
    client.force_login(org.memberships.get(role=role).user)


@pytest.mark.parametrize(
    ("text", "currency", "found"),
    [
        ("1,234.5", "usd", 123_450),
        (" 12 ", "eur", 1_200),
        ("0.01", "usd", 1),
        ("500", "jpy", 500),
        ("5.5", "jpy", None),
        ("1.234", "usd", None),
        ("1,23", "usd", None),
        ("-5", "usd", None),
        ("1e3", "usd", None),
        ("", "usd", None),
        ("٣", "usd", None),
    ],
)
def test_amounts_as_people_write_them(text, currency, found):
    """Scenario 32: no more decimals than the currency has."""
    assert minor(text, currency) == found


def test_a_member_asks_for_an_invoice_and_sees_how_far_it_is(client, local):
    org = lab()
    signed_in(client, org)
    deposit(org.pk, 1_234)
    terms = {"amount_minor": "1,250.00", "currency": "usd", "method": "bank_transfer"}
    assert "being prepared" in send(client, org, "deposits", **terms).content.decode()
    run_jobs()
    row = Deposit.objects.get()
    assert (row.amount_minor, row.method, row.state) == (125_000, "bank_transfer", "open")
    Deposit.objects.update(received_minor=50_000)
    text = client.get(reverse("payments:deposits")).content.decode()
    for words in (
        "$12.34",
        "Partly paid",
        "Received $500.00 of $1,250.00.",
        row.checkout_url,
        f"Invoice {row.invoice_number}",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"amount_minor": "12.345"}, "Write an amount as 1250, 1250.50 or 1,250.50"),
        ({"amount_minor": "-3"}, "Write an amount as 1250, 1250.50 or 1,250.50"),
        ({"amount_minor": "0.10"}, "It is $0.50 to $999,999.99."),
        ({"currency": "kwd"}, "Select a valid choice"),
        ({"currency": "chf"}, "Bank transfers are possible in"),
    ],
)
@pytest.mark.django_db
def test_what_cannot_be_asked_for_is_told_at_its_field(client, terms, words):
    org = lab()
    signed_in(client, org)
    asked = {"amount_minor": "100", "currency": "usd", "method": "bank_transfer", **terms}
    answer = send(client, org, "deposits", **asked)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert not Deposit.objects.exists()


@pytest.mark.django_db
def test_who_may_not_move_money_sees_no_form_and_is_refused(client):
    org = lab()
    signed_in(client, org, "viewer")
    text = client.get(reverse("payments:deposits")).content.decode()
    assert "An owner of the organization can pay money in." in text
    assert "Switch it on" not in text
    answer = send(client, org, "deposits", amount_minor="100", currency="usd", method="card")
    assert "Your role does not permit this" in answer.content.decode()
    assert not Deposit.objects.exists()


def test_a_card_is_saved_and_tops_up_until_it_is_switched_off(client, local):
    org = lab()
    signed_in(client, org)
    answer = client.post(reverse("payments:card_save"), {"organization": org.pk})
    page = local.visit(answer.url, {"card_number": "4242424242424242", "action": "pay"})
    client.get(page.location.removeprefix("http://testserver"))
    card = SavedCard.objects.get()
    assert "Visa •••• 4242" in client.get(reverse("payments:deposits")).content.decode()
    answer = send(client, org, "top_up_set", **RULE, card=str(card.pk))
    assert "at most $3,000.00 a month" in answer.content.decode()
    refused = send(client, org, "card_remove", card.pk)
    assert "Switch the automatic top-up off first" in refused.content.decode()
    send(client, org, "top_up_off", "usd")
    assert TopUpRule.objects.get().active is False
    assert "The card is removed." in send(client, org, "card_remove", card.pk).content.decode()
    assert send(client, org, "card_remove", card.pk).status_code == 404


def test_a_wrong_rule_is_told_at_its_field_and_a_foreign_card_is_none(client, local):
    org, other = lab(), lab()
    signed_in(client, org)
    card, foreign = save_card(local, org), save_card(local, other)
    wrong = send(client, org, "top_up_set", **{**RULE, "ceiling_minor": "999"}, card=str(card.pk))
    assert "It is $1,000.00 (one top-up) to" in wrong.content.decode()
    wrong = send(client, org, "top_up_set", **RULE, card=str(foreign.pk))
    assert (wrong.status_code, TopUpRule.objects.count()) == (422, 0)


def test_when_stripe_is_away_the_page_says_so(client, local):
    org = lab()
    signed_in(client, org)
    save_card(local, org)
    local.stripe.add_fault("500_before", path="/v1/checkout/sessions")
    assert "Try again in a minute" in send(client, org, "card_save").content.decode()
    local.stripe.add_fault("500_before", method="GET", path="payment_methods")
    address = reverse("payments:deposits") + f"?organization={org.pk}&card=saved"
    assert "Try again in a minute" in client.get(address, follow=True).content.decode()
