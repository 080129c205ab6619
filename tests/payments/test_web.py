"""Annotators' money pages, through the door."""

import csv
import io

import pytest
from django.urls import reverse

from payments.models import Earning, Payout
from tests.support import factories_accounts as people
from tests.support.factories_payments import annotator, earn, earn_payable, payable_annotator

pytestmark = pytest.mark.django_db


def page(client, name):
    return client.get(reverse(f"payments:{name}"))


def test_the_earnings_page_shows_each_state_and_why_it_waits(client):
    who = payable_annotator()
    earn_payable(who, 1234)
    earn(who, 50_000, label="Answer to task 7")
    earn(annotator(), 77_700, label="Somebody else's")
    client.force_login(who.user)
    text = page(client, "earnings").content.decode()
    assert "$12.34" in text
    assert "$500.00" in text
    assert "Answer to task 7" in text
    assert "Held for 7 days while you are new here. Later it is 1 day." in text
    assert "Somebody else" not in text
    assert "$777.00" not in text


@pytest.mark.parametrize(("amount", "told"), [(99, True), (4_000, False)])
def test_the_smallest_payout_is_told_to_whom_it_keeps_waiting(client, amount, told):
    """Not to somebody whose account is not ready: it is not the amount that they wait for."""
    who = payable_annotator(transfers="inactive")
    earn_payable(who, amount)
    client.force_login(who.user)
    assert ("Payouts begin at $1.00." in page(client, "earnings").content.decode()) is told


def test_a_payout_is_asked_for_once(client):
    who = payable_annotator()
    earn_payable(who, 1234)
    client.force_login(who.user)
    for _ in range(2):  # a double click
        assert client.post(reverse("payments:payouts_request")).status_code == 302
    assert Payout.objects.get().amount_minor == 1234
    text = page(client, "earnings").content.decode()
    assert "Nothing can be paid out now." in text
    assert "About to be sent" in text


def test_who_is_not_set_up_is_told_so(client):
    who = annotator()
    earn_payable(who, 1234)
    client.force_login(who.user)
    assert "Your payout account is not ready" in page(client, "earnings").content.decode()
    client.post(reverse("payments:payouts_request"))
    assert "Finish your payout set-up at Stripe first." in page(client, "earnings").content.decode()
    assert not Payout.objects.exists()


def test_a_country_without_a_rail_is_told_on_every_page_that_asks_for_it(client):
    who = annotator("IN")
    client.force_login(who.user)
    says = "We cannot pay to your country yet, so you cannot claim paid tasks."
    for url in ("payments:setup", "payments:earnings", "accounts:profile"):
        assert says in client.get(reverse(url)).content.decode()
    client.force_login(annotator("DE").user)
    assert says not in client.get(reverse("accounts:profile")).content.decode()


def test_the_statement_holds_ones_own_rows(client):
    who = annotator()
    earn(who, 500, label="Mine")
    earn(annotator(), 600, label="Not mine")
    client.force_login(who.user)
    answer = page(client, "statement")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["what"], row["amount_minor"]) for row in rows] == [("Mine", "500")]


@pytest.mark.parametrize("name", ["earnings", "statement", "setup", "setup_return"])
def test_these_pages_are_annotators(client, name):
    assert page(client, name).status_code == 302  # sign in first
    client.force_login(people.user())
    assert page(client, name).status_code == 404


def test_what_was_taken_back_is_in_no_total(client):
    who = payable_annotator()
    part, whole = earn_payable(who, 2_000, 700)
    Earning.objects.filter(pk=part.pk).update(taken_minor=450)
    Earning.objects.filter(pk=whole.pk).update(taken_minor=700, state="taken")
    client.force_login(who.user)
    text = page(client, "earnings").content.decode()
    assert "<strong>$15.50</strong>" in text
    assert "-$4.50" in text
    assert "<strong>$27.00</strong>" not in text
