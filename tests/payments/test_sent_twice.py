"""A form that is sent twice moves money once, and the second sending is told what the first did."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.core.models import IdempotencyKey
from payments.models import Deposit, Payout, Refund
from payments.selectors import balances
from tests.payments.clients import client as lab
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work
from tests.support.races import at_once, values


def key_in(page, form=""):
    """The key that a page has given to the form which is sent to `form`."""
    text = page.content.decode()
    part = text[text.index(f'action="{form}"') :] if form else text
    return re.search(r'name="once" value="([0-9a-f-]{36})"', part)[1]


def prepaid(minor=10_000):
    """A client with prepaid money and its payment, and its owner's browser."""
    org, browser = lab(), Client()
    intent = f"pi_{org.pk.hex}"
    row = Deposit.objects.create(
        organization=org,
        currency="usd",
        amount_minor=minor,
        state="paid",
        payment_intent=intent,
        paid_at=money.clock.now(),
    )
    money.payment(row, intent, minor)
    browser.force_login(org.memberships.get().user)
    return org, browser


def funded():
    """A project with 50.00, 100.00 prepaid beside it, and its owner's browser on its money page."""
    project, browser = work.project(tasks=1, fund=5_000), Client()
    money.deposit(project.organization_id, 10_000)
    browser.force_login(project.organization.memberships.get(role="owner").user)
    return project, browser, reverse("tasks:client_ceiling", args=[project.pk])


@pytest.mark.django_db
@pytest.mark.parametrize(("way", "left"), [("give", 7_000), ("back", 3_000)])
def test_money_is_given_and_taken_back_once(way, left):
    project, browser, where = funded()
    terms = {"way": way, "sum": "20", "once": key_in(browser.get(where))}
    said = [browser.post(where, terms, follow=True).content.decode() for _ in range(2)]
    told = f"$20.00 were given to {project.name}." if way == "give" else "$20.00 were taken back."
    assert [told in text for text in said] == [True, True]
    assert balances.pot(project.pot, "usd").funds_minor == left


@pytest.mark.django_db
def test_what_is_written_anew_into_a_form_that_was_sent_is_not_taken_for_the_first():
    project, browser, where = funded()
    key = key_in(browser.get(where))
    browser.post(where, {"way": "give", "sum": "20", "once": key})
    answer = browser.post(where, {"way": "give", "sum": "30", "once": key})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "This form was sent already, with other entries" in text
    assert 'value="30"' in text
    assert balances.pot(project.pot, "usd").funds_minor == 7_000
    anew = key_in(answer)
    assert anew != key
    browser.post(where, {"way": "give", "sum": "30", "once": anew})
    assert balances.pot(project.pot, "usd").funds_minor == 10_000


@pytest.mark.django_db
def test_a_form_that_was_refused_is_mended_and_sent_under_its_key():
    project, browser, where = funded()
    key = key_in(browser.get(where))
    refused = browser.post(where, {"way": "give", "sum": "100.01", "once": key})
    assert (refused.status_code, key_in(refused)) == (422, key)
    assert not IdempotencyKey.objects.exists()
    browser.post(where, {"way": "give", "sum": "100", "once": key})
    assert balances.pot(project.pot, "usd").funds_minor == 15_000


@pytest.mark.django_db
def test_a_refund_is_asked_for_once():
    org, browser = prepaid()
    page = browser.get(reverse("payments:client"))
    where = reverse("payments:client_refund")
    terms = {"currency": "usd", "amount": "12.50", "once": key_in(page, where)}
    said = [browser.post(where, terms, follow=True).content.decode() for _ in range(2)]
    assert ["The refund is on its way." in text for text in said] == [True, True]
    assert Refund.objects.get(organization=org).amount_minor == 1_250


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["card", "bank_transfer"])
def test_a_page_to_pay_on_and_an_invoice_are_asked_for_once(method):
    org, browser = prepaid()
    where = reverse("payments:deposits")
    terms = {
        "amount_minor": "50",
        "currency": "usd",
        "method": method,
        "once": key_in(browser.get(where), where),
    }
    said = [browser.post(where, terms, follow=True).content.decode() for _ in range(2)]
    assert ["being prepared" in text for text in said] == [True, True]
    assert Deposit.objects.filter(organization=org, state="created").count() == 1


@pytest.mark.django_db
def test_a_payout_asked_for_twice_is_no_refusal(client):
    who = money.payable_annotator()
    money.earn_payable(who, 1_234)
    client.force_login(who.user)
    where = reverse("payments:payouts_request")
    key = key_in(client.get(reverse("payments:earnings")), where)
    said = [client.post(where, {"once": key}, follow=True).content.decode() for _ in range(2)]
    assert ["Your payout is on its way." in text for text in said] == [True, True]
    assert ["Nothing can be paid out now." in text for text in said] == [False, False]
    assert Payout.objects.get().amount_minor == 1_234


@pytest.mark.django_db
def test_a_key_is_its_senders_own():
    """Who sends another's key, seen over a shoulder, does not get their answer."""
    project, browser, where = funded()
    terms = {"way": "give", "sum": "20", "once": key_in(browser.get(where))}
    browser.post(where, terms)
    second = Client()
    second.force_login(people.member(project.organization, role="owner"))
    second.post(where, terms)
    assert balances.pot(project.pot, "usd").funds_minor == 9_000


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("same", "left"), [(True, 6_000), (False, 9_000)])
def test_of_four_sendings_at_once_one_moves_the_money(same, left):
    """With a key of its own for each, the control, all four move it."""
    project, browser, where = funded()
    keys = [key_in(browser.get(where)) for _ in range(4)]
    session = browser.cookies["sessionid"].value

    def send(key):
        mine = Client()
        mine.cookies["sessionid"] = session
        return mine.post(where, {"way": "give", "sum": "10", "once": key}).status_code

    sent = at_once(*[lambda key=key: send(keys[0] if same else key) for key in keys])
    assert values(sent) == [302] * 4
    assert balances.pot(project.pot, "usd").funds_minor == left
