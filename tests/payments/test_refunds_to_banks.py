"""Refunds of money that came by bank transfer: to a bank account, and never credited twice."""

import pytest

from accounts.models import Notice
from marketplace.ops import proof
from payments.actions import billing, refunds
from payments.models import Deposit, RefundPart
from tests.payments.by_hand_helpers import book, refund_by_hand
from tests.payments.clients import (
    ask,
    assert_cash_agrees,
    customer,
    prepaid,
    states,
    told,
    wire,
)
from tests.payments.clients import client as lab
from tests.payments.money import balance, run_jobs
from tests.support import factories_accounts as people
from tests.support.factories_payments import BY


@pytest.fixture
def org(local):
    """A client that paid 100.00 by invoice."""
    made = lab()
    row = ask(made)
    wire(local, made, 10_000)
    told("invoice.paid", row.invoice)
    assert prepaid(made) == 10_000
    return made


@pytest.fixture
def refund(local, org):
    """40.00 of it were asked back, and Stripe has written to the client."""
    refunds.request(organization_id=org.pk, currency="usd", amount_minor=4_000, by=BY)
    run_jobs()
    (row,) = local.client.v1.refunds.list().data
    assert (row.status, RefundPart.objects.get().state) == ("requires_action", "sent")
    return row


def cash(local, org):
    found = local.client.v1.customers.cash_balance.retrieve(customer(org))
    return (found.to_dict()["available"] or {}).get("usd", 0)


def assert_books_agree(local):
    assert_cash_agrees(local)
    assert balance("clearing_refund", "platform") == 0
    assert proof.run() == []


def test_the_client_is_told_that_stripe_asks_them_for_an_account(client, org, refund):
    """It is made, and sent once they have answered: "sent" alone would let them wait for nothing."""
    owner = org.memberships.get().user
    assert Notice.objects.get(user=owner, kind="refund").text == (
        "Your refund of $40.00 is made. $40.00 of it goes to a bank account: Stripe asks you by "
        "e-mail which one, and it is sent once you have answered. Banks take up to ten days to "
        "show it."
    )
    client.force_login(owner)
    page = client.get("/client/money/").content.decode()
    assert "$40.00 of it waits for you: Stripe asks you by e-mail for the bank account" in page


def waits(client, org):
    """What the client's page says of the refund: that it waits for them, or waited in vain."""
    client.force_login(org.memberships.get().user)
    page = client.get("/client/money/").content.decode()
    return "$40.00 of it waits for you" in page, "For $40.00 of it no bank account" in page


def test_it_waits_for_the_client_as_long_as_stripe_says_so(client, local, org, refund):
    assert (waits(client, org), RefundPart.objects.get().at_stripe) == (
        (True, False),
        "requires_action",
    )
    local.visit(f"{local.base_url}/refund/{refund.id}", {"account_number": "000123456789"})
    told("refund.updated", refund.id, "evt_2")
    assert (waits(client, org), RefundPart.objects.get().at_stripe) == ((False, False), "pending")
    local.stripe.advance(2 * 86_400)
    told("refund.updated", refund.id, "evt_3")
    assert (waits(client, org), RefundPart.objects.get().at_stripe) == ((False, False), "succeeded")


def test_a_refund_that_waited_in_vain_says_where_the_money_goes(client, local, org, refund):
    local.client.v1.test_helpers.refunds.expire(refund.id)
    told("refund.failed", refund.id, "evt_2")
    assert (waits(client, org), RefundPart.objects.get().at_stripe) == ((False, True), "failed")


def test_a_client_whom_stripe_asks_only_later_is_told_then(org, refund):
    """Whatever way the money came in: it is Stripe's word that counts."""
    part = RefundPart.objects.get()
    RefundPart.objects.update(at_stripe="pending")
    Notice.objects.filter(kind="refund").delete()
    for number in range(2, 4):  # the second time it is no news
        told("refund.updated", refund.id, f"evt_{number}")
    assert Notice.objects.get(kind="refund").text.startswith("Your refund of $40.00 is made. ")
    part.refresh_from_db()
    assert part.at_stripe == "requires_action"


def test_a_refund_of_before_stripes_word_was_kept_is_told_by_how_it_was_paid(client, org, refund):
    RefundPart.objects.update(at_stripe="")
    assert waits(client, org) == (True, False)


def test_a_claimed_refund_is_out_of_reach_of_the_next_invoice(local, org, refund):
    local.visit(f"{local.base_url}/refund/{refund.id}", {"account_number": "000123456789"})
    local.stripe.advance(2 * 86_400)
    told("refund.updated", refund.id, "evt_2")
    row = ask(org, 4_000)
    assert (row.state, prepaid(org), cash(local, org)) == ("open", 6_000, 0)
    assert_books_agree(local)


def test_what_nobody_claimed_is_credited_once_by_a_deposit_of_its_own(local, org, refund):
    """It lies in the client's cash balance: credited as a failed refund as well, it would be twice."""
    local.client.v1.test_helpers.refunds.expire(refund.id)
    told("refund.failed", refund.id, "evt_2")
    assert (prepaid(org), RefundPart.objects.get().state) == (6_000, "sent")
    told("cash_balance.funds_available", "", "evt_3", object="cash_balance", customer=customer(org))
    run_jobs()
    assert states(org)[-1] == ("cash_balance", "paid")
    assert (prepaid(org), cash(local, org)) == (10_000, 0)
    told("refund.failed", refund.id, "evt_4")
    assert prepaid(org) == 10_000
    assert_books_agree(local)


def test_what_nobody_claimed_pays_the_invoice_that_is_open(local, org, refund):
    row = ask(org, 4_000)
    local.client.v1.test_helpers.refunds.expire(refund.id)
    told("refund.failed", refund.id, "evt_2")
    told("invoice.paid", row.invoice, "evt_3")
    assert (prepaid(org), cash(local, org)) == (10_000, 0)
    assert_books_agree(local)


def test_a_client_that_names_no_billing_address_can_be_written_to(local, org):
    """Stripe refuses a refund to a bank account where it knows no e-mail: the owner's is told."""
    who = people.actors.of_user(org.memberships.get().user)
    fields = {"legal_name": "Lab", "line1": "Weg 1", "city": "Bonn", "country": "DE"}
    billing.keep(organization_id=org.pk, emails=[], by=who, **fields)
    run_jobs()
    refunds.request(organization_id=org.pk, currency="usd", amount_minor=4_000, by=BY)
    run_jobs()
    (row,) = local.client.v1.refunds.list().data
    assert row.instructions_email == org.memberships.get().user.email


def test_a_refund_that_is_called_off_at_stripe_is_ours_and_prepaid_again(local, org, refund):
    local.client.v1.refunds.cancel(refund.id)
    told("refund.updated", refund.id, "evt_2")
    assert (prepaid(org), RefundPart.objects.get().state) == (10_000, "failed")
    assert cash(local, org) == 0
    assert_books_agree(local)


def test_a_refund_that_the_operator_lets_fail_is_ours_again_too(local, org, refund):
    """Stripe tells which: this one names the movement that gives the money back to us."""
    local.stripe.fail_refund(refund.id)
    told("refund.failed", refund.id, "evt_2")
    assert (prepaid(org), cash(local, org)) == (10_000, 0)
    assert_books_agree(local)


def test_a_refund_by_hand_that_nobody_claimed_is_booked_and_credited_once(local, org):
    """The money has left our balance, and comes again by a deposit of its own."""
    intent = Deposit.objects.get().payment_intent
    name = refund_by_hand(local, intent, 4_000)
    local.client.v1.test_helpers.refunds.expire(name)
    told("refund.failed", name, "evt_2")
    told("cash_balance.funds_available", "", "evt_3", object="cash_balance", customer=customer(org))
    run_jobs()
    assert (prepaid(org), cash(local, org)) == (14_000, 0)  # the control
    book()
    assert (prepaid(org), RefundPart.objects.get().at_stripe) == (10_000, "failed")
    told("refund.failed", name, "evt_4")
    assert prepaid(org) == 10_000
    assert_books_agree(local)
