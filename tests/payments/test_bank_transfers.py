"""Money by bank transfer, with the real SDK against the local Stripe."""

import pytest

from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from payments import jobs
from payments.actions import deposits, incoming, invoicing
from payments.models import BillingDetails, Deposit, Difference, LedgerEntry
from payments.stripe import invoices
from payments.stripe.gateway import StripeUnanswered
from tests.payments.clients import (
    MOVED,
    ask,
    assert_cash_agrees,
    client,
    customer,
    prepaid,
    states,
    told,
    wire,
)
from tests.payments.money import pass_time, run_jobs
from tests.support.factories_payments import BY


def test_an_invoice_is_opened_and_booked_once_stripe_has_the_money(local):
    org = client()
    row = ask(org)
    assert (row.state, row.invoice[:3], row.checkout_url[:21]) == (
        "open",
        "in_",
        local.base_url[:21],
    )
    assert (row.due_at - clock.now()).days == 13
    bill = local.client.v1.invoices.retrieve(row.invoice)
    assert row.invoice_number == bill.number
    assert bill.number.endswith("-0001")
    assert (bill.customer_email, bill.customer_name, bill.total, bill.collection_method) == (
        org.memberships.get().user.email,
        "Lab",
        10_000,
        "send_invoice",
    )
    invoicing.settle(row.invoice, by=BY)
    assert prepaid(org) == 0
    wire(local, org, 10_000)
    for _ in range(2):
        invoicing.settle(row.invoice, by=BY)
    row.refresh_from_db()
    assert (row.state, row.payment_intent[:3], row.received_minor) == ("paid", "pi_", 0)
    assert prepaid(org) == 10_000
    assert LedgerEntry.objects.get().key == f"fund:{row.payment_intent}"
    assert_cash_agrees(local)


def test_a_part_is_shown_and_booked_with_the_rest(local):
    """Scenario 31: a partial bank transfer is shown, and is ours only when the invoice is covered."""
    org = client()
    row = ask(org)
    wire(local, org, 4_000)
    told(
        "customer_cash_balance_transaction.created",
        "ccsbtxn_1",
        object=MOVED,
        customer=customer(org),
    )
    row.refresh_from_db()
    assert (row.state, row.received_minor, prepaid(org)) == ("open", 4_000, 0)
    assert_cash_agrees(local)
    wire(local, org, 6_000)
    told("invoice.paid", row.invoice, "evt_2")
    row.refresh_from_db()
    assert (row.state, row.received_minor, prepaid(org)) == ("paid", 0, 10_000)
    assert_cash_agrees(local)


def test_what_was_sent_too_much_is_the_clients_too(local):
    """Scenario 31: an overpayment: the rest is a deposit of its own, and cash equals Stripe's to the cent."""
    org = client()
    row = ask(org)
    wire(local, org, 12_500)
    told("invoice.paid", row.invoice)
    run_jobs()
    assert states(org) == [("bank_transfer", "paid"), ("cash_balance", "paid")]
    assert prepaid(org) == 12_500
    assert_cash_agrees(local)
    told("cash_balance.funds_available", "", "evt_2", object="cash_balance", customer=customer(org))
    assert len(states(org)) == 2


def test_a_rest_too_small_to_be_charged_goes_to_the_next_invoice(local):
    org = client()
    row = ask(org)
    wire(local, org, 10_049)
    told("invoice.paid", row.invoice)
    assert states(org) == [("bank_transfer", "paid")]
    second = ask(org, 1_000)
    assert (second.state, second.received_minor) == ("open", 49)
    wire(local, org, 951)
    told("invoice.paid", second.invoice, "evt_2")
    assert prepaid(org) == 11_000
    assert_cash_agrees(local)


def test_the_oldest_invoice_is_shown_to_be_funded_first(local):
    org = client()
    rows = [ask(org, 3_000), ask(org, 5_000)]
    wire(local, org, 2_999)
    invoicing.collect(customer(org), by=BY)
    for row in rows:
        row.refresh_from_db()
    assert [row.received_minor for row in rows] == [2_999, 0]
    invoicing.collect(customer(org), by=BY)  # nothing new is written
    assert AuditEntry.objects.filter(verb="deposit_received").count() == 1


def test_money_that_waits_pays_the_next_invoice_at_once(local):
    org = client()
    ask(org, 500)
    local.client.v1.invoices.void_invoice(Deposit.objects.get().invoice)
    wire(local, org, 49)
    told("invoice.voided", Deposit.objects.get().invoice)
    wire(local, org, 651)
    assert ask(org, 700).state == "paid"
    assert states(org) == [("bank_transfer", "void"), ("bank_transfer", "paid")]


def test_a_deposit_that_ended_while_its_invoice_was_opened_stays_ended(local, monkeypatch):
    real = invoices.open_invoice

    def opening(**terms):
        made = real(**terms)
        incoming.end(terms["deposit_id"], "void", by=BY, failure="Called off.")
        return made

    monkeypatch.setattr(invoices, "open_invoice", opening)
    row = ask(client(), 500)
    assert (row.state, row.failure, row.invoice) == ("void", "Called off.", None)
    assert len(local.client.v1.invoices.list().data) == 1


def test_a_rest_is_taken_over_once_however_often_it_is_seen(local):
    org = client()
    row = ask(org, 500)
    local.client.v1.invoices.void_invoice(row.invoice)
    told("invoice.voided", row.invoice)
    wire(local, org, 700)
    for _ in range(2):
        invoicing.collect(customer(org), by=BY)
    assert states(org) == [("bank_transfer", "void"), ("cash_balance", "created")]
    run_jobs()
    assert (states(org)[1], prepaid(org)) == (("cash_balance", "paid"), 700)


@pytest.mark.parametrize("action", ["void_invoice", "mark_uncollectible"])
def test_what_came_of_an_invoice_that_is_given_up_is_credited(local, action):
    org = client()
    row = ask(org)
    wire(local, org, 4_000)
    getattr(local.client.v1.invoices, action)(row.invoice)
    told("invoice.voided", row.invoice)
    run_jobs()
    ended = "void" if action == "void_invoice" else "uncollectible"
    assert states(org) == [("bank_transfer", ended), ("cash_balance", "paid")]
    assert prepaid(org) == 4_000
    assert_cash_agrees(local)


def test_an_invoice_marked_as_paid_by_hand_books_nothing_and_is_a_persons(local):
    org = client()
    row = ask(org)
    local.client.v1.invoices.pay(row.invoice, {"paid_out_of_band": True})
    for _ in range(2):
        invoicing.settle(row.invoice, by=BY)
    row.refresh_from_db()
    assert (row.state, prepaid(org)) == ("open", 0)
    difference = Difference.objects.get()
    assert (difference.kind, difference.theirs_minor) == ("deposit_by_hand", 10_000)


def test_what_came_is_booked_although_it_is_not_what_was_asked_for(local):
    org = client()
    row = ask(org)
    wire(local, org, 10_000)
    Deposit.objects.filter(pk=row.pk).update(amount_minor=9_999)
    invoicing.settle(row.invoice, by=BY)
    assert prepaid(org) == 10_000
    difference = Difference.objects.get()
    assert (difference.kind, difference.ours_minor, difference.theirs_minor) == (
        "deposit_amount",
        9_999,
        10_000,
    )


def test_another_currency_is_refused(local):
    row = ask(client())
    wire(local, row.organization, 10_000)
    Deposit.objects.filter(pk=row.pk).update(currency="eur")
    with pytest.raises(Refused, match="not the same"):
        invoicing.settle(row.invoice, by=BY)
    assert not LedgerEntry.objects.exists()


def test_a_lost_webhook_of_a_transfer_is_made_good(local):
    """Scenario 23 for deposits: the invoice and the cash balance are read again by sweeps."""
    org = client()
    row = ask(org)
    wire(local, org, 10_000)
    jobs.recheck_deposits()
    assert prepaid(org) == 0  # not its turn yet
    pass_time(minutes=6)
    jobs.recheck_deposits()
    assert prepaid(org) == 10_000
    wire(local, org, 7_000)  # sent twice, and nobody tells us
    jobs.collect_cash()
    run_jobs()
    assert prepaid(org) == 17_000
    assert_cash_agrees(local)
    local.stripe.add_fault("500_before", method="GET", path="cash_balance", times=9)
    jobs.collect_cash()  # Stripe is away: no harm
    row.refresh_from_db()
    assert row.state == "paid"


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "500_before"])
def test_a_job_killed_on_its_way_finds_the_same_invoice_again(local, fault, at):
    path = ("/v1/invoices$", "/v1/invoiceitems", "/finalize")[at]
    local.stripe.add_fault(fault, path=path)
    row = deposits.request_deposit(
        organization_id=client().pk,
        currency="usd",
        amount_minor=900,
        method="bank_transfer",
        by=BY,
    )
    with pytest.raises(StripeUnanswered):
        deposits.open_page(row.pk, by=BY)
    if fault == "500_before":  # Stripe repeats a 500 under its key for a day
        local.stripe.advance(25 * 3600)
    deposits.open_page(row.pk, by=BY)
    row.refresh_from_db()
    bills = local.client.v1.invoices.list({"status": "open"}).data
    assert [(bill.id, bill.total) for bill in bills] == [(row.invoice, 900)]


def test_after_a_day_without_stripe_a_deposit_fails_before_it_is_billed_twice(local):
    row = deposits.request_deposit(
        organization_id=client().pk,
        currency="usd",
        amount_minor=900,
        method="bank_transfer",
        by=BY,
    )
    OutboxMessage.objects.all().delete()
    pass_time(hours=21)
    jobs.recheck_deposits()
    row.refresh_from_db()
    assert (row.state, row.failure) == (
        "failed",
        "Stripe could not be reached for a day. Please ask again.",
    )
    assert local.stripe.calls == []


def test_the_invoice_carries_the_billing_details(local):
    org = client()
    BillingDetails.objects.create(
        organization=org,
        legal_name="Lab GmbH",
        line1="Weg 1",
        city="Bonn",
        country="DE",
        purchase_order="PO-7",
        emails=["pay@example.org"],
    )
    bill = local.client.v1.invoices.retrieve(ask(org).invoice)
    assert (bill.customer_name, bill.customer_email) == ("Lab GmbH", "pay@example.org")
    assert [(one.name, one.value) for one in bill.custom_fields] == [("Purchase order", "PO-7")]


def test_a_client_that_cannot_be_mailed_is_told_so(local):
    org = client()
    org.memberships.all().delete()
    row = ask(org)
    assert (row.state, "email" in row.failure.lower()) == ("failed", True)


def test_invoices_and_customers_of_somebody_else_are_left_alone(local):
    v1 = local.client.v1
    lab = v1.customers.create({"name": "X", "email": "x@example.org"})
    bill = v1.invoices.create({"customer": lab.id, "currency": "usd"})
    told("invoice.paid", bill.id)
    told("cash_balance.funds_available", "", "evt_2", object="cash_balance", customer=lab.id)
    assert not Deposit.objects.exists()


@pytest.mark.parametrize(
    ("currency", "kind"),
    [("eur", "eu_bank_transfer"), ("gbp", "gb_bank_transfer"), ("jpy", "jp_bank_transfer")],
)
def test_each_currency_is_billed_its_own_way(local, currency, kind):
    """Scenario 32: zero-decimal amounts are whole units at Stripe too."""
    org = client()
    row = ask(org, 5_000, currency)
    bill = local.client.v1.invoices.retrieve(row.invoice).to_dict()
    bank = bill["payment_settings"]["payment_method_options"]["customer_balance"]["bank_transfer"]
    assert (bill["total"], bank["type"]) == (5_000, kind)
    assert bank.get("eu_bank_transfer") == ({"country": "DE"} if currency == "eur" else None)
    wire(local, org, 5_000, currency)
    invoicing.settle(row.invoice, by=BY)
    assert prepaid(org, currency) == 5_000
    assert_cash_agrees(local, currency)


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"currency": "cad"}, "/method"),
        ({"currency": "chf"}, "/method"),
        ({"currency": "kwd"}, "/currency"),
        ({"method": "top_up"}, "/method"),
        ({"method": "cash"}, "/method"),
        ({"amount": 10**12}, "/amount_minor"),
    ],
)
@pytest.mark.django_db
def test_what_cannot_be_billed_is_refused(terms, pointer):
    with pytest.raises(Refused) as refusal:
        ask(client(), **terms)
    assert (refusal.value.status, [fault.pointer for fault in refusal.value.faults]) == (
        422,
        [pointer],
    )
    assert not Deposit.objects.exists()


def test_the_printed_number_comes_also_to_invoices_that_were_made_before_it_was_kept(local):
    org = client()
    row, other = ask(org), ask(org)
    number = row.invoice_number
    Deposit.objects.update(invoice_number="")
    Deposit.objects.filter(pk=other.pk).update(invoice="in_gone")
    assert invoicing.read_numbers(by=BY) == 2  # one of them Stripe does not know
    row.refresh_from_db()
    assert row.invoice_number == number != ""
    noted = AuditEntry.objects.get(verb="numbered_invoice")
    assert (noted.subject, noted.data["number"]) == (f"deposit:{row.pk}", number)
    Deposit.objects.filter(pk=other.pk).delete()
    assert invoicing.read_numbers(by=BY) == 0
    jobs.collect_cash()
    Deposit.objects.update(invoice_number="")
    jobs.collect_cash()
    row.refresh_from_db()
    assert row.invoice_number == number
