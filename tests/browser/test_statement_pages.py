"""Statements and items as people see them; the papers are kept beside the pictures."""

import datetime as dt
import os
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.core import clock
from payments.actions import billing, refunds, self_billed_notes, self_billing
from payments.actions.earnings import mature
from payments.models import Deposit, Earning, SelfBilledInvoice
from tests.browser.test_pages import MODES, keep
from tests.payments import clawing
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def keep_file(user, path, name):
    """A paper, beside the pictures."""
    folder = os.environ.get("SCREENSHOTS")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    reply = client.get(path)
    assert (reply.status_code, reply["Content-Type"]) == (200, "application/pdf")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, name).write_bytes(reply.content)


def lived():
    """A client with deposits, a refund and two projects on which experts worked."""
    org = people.organization("Lab for Careful Reading")
    for number, (method, amount) in enumerate([("card", 500_000), ("bank_transfer", 1_250_000)]):
        row = Deposit.objects.create(
            organization=org, currency="usd", amount_minor=amount, state="paid", method=method,
            invoice="in_1QZx8mLab2Fz" if number else None,
            invoice_number="7C1D2E3F-0001" if number else "", payment_intent=f"pi_3QZx8mLab2Fz{number}",
            paid_at=clock.now() - dt.timedelta(days=3),
        )  # fmt: skip
        money.payment(row, row.payment_intent, amount)
    owner = people.owner_of(org)
    billing.keep(
        organization_id=org.pk, legal_name="Lab for Careful Reading GmbH", line1="Weg 1",
        city="Bonn", postal_code="53111", country="DE", vat_id="DE123456789",
        purchase_order="PO-2026-118", emails=["bills@lab.example"], by=owner,
    )  # fmt: skip
    expert = work.expert()
    made = []
    for name, price in (("Judge Python functions", 500), ("Read electrocardiograms", 2200)):
        row = work.project(
            client=org, name=name, fund=0, active=False, review_percent=0, price_minor=price, tasks=3
        )  # fmt: skip
        money.allocate(
            organization_id=org.pk, pot=row.pot, currency="usd", amount_minor=90_000, by=work.BY
        )
        work.projects.activate(project_id=row.pk, by=work.BY, confirm=True)
        work.matching.refresh_project(project_id=row.pk)
        made.append(row)
        for _ in range(3):
            work.check(work.submit(work.claim(expert, project_id=row.pk)))
    refunds.request(
        organization_id=org.pk, currency="usd", amount_minor=20_000, by=owner, reason="Test"
    )
    first = Earning.objects.order_by("id").first()
    Earning.objects.filter(pk=first.pk).update(hold_until=clock.now())
    mature(by=work.BY)
    return org, made[0], expert


@pytest.mark.parametrize("mode", MODES)
def test_a_clients_statements(look, mode, request):
    org, _, _ = lived()
    owner = org.memberships.order_by("created_at", "id")[0].user
    now = clock.now()
    eyes = look(owner, **mode)
    for name, path in {
        "client_money": reverse("payments:client"),
        "client_statements": reverse("tasks:client_statements"),
        "client_statement": reverse("tasks:client_statement", args=[now.year, now.month]),
    }.items():
        page = eyes.open(path)
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])
    where = reverse("tasks:client_statement_pdf", args=[now.year, now.month])
    keep_file(owner, where, "client_statement.pdf")


@pytest.mark.parametrize("mode", MODES)
def test_the_items_of_both_sides(look, mode, request):
    org, project, expert = lived()
    owner = org.memberships.order_by("created_at", "id")[0].user
    for user, name, path in (
        (owner, "client_project", reverse("tasks:client_project", args=[project.pk])),
        (owner, "client_items", reverse("tasks:client_items", args=[project.pk])),
        (expert.user, "earnings", reverse("payments:earnings")),
    ):
        eyes = look(user, **mode)
        page = eyes.open(path)
        for hidden in page.query_selector_all("main details")[:2]:
            hidden.evaluate("one => { one.open = true }")
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])


@pytest.mark.parametrize("mode", MODES)
def test_invoices_in_ones_name(look, mode, request, settings):
    settings.PLATFORM_NAME = "Expert Marketplace GmbH"
    settings.PLATFORM_ADDRESS = ["Weg 1", "53111 Bonn", "DE"]
    settings.PLATFORM_VAT_ID = "DE123456789"
    who = money.payable_annotator("CZ")
    page_of = reverse("payments:self_billing")
    for name in ("self_billing_new", "self_billing"):
        eyes = look(who.user, **mode)
        page = eyes.open(page_of)
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])
        if name == "self_billing":
            break
        self_billing.agree(
            annotator_id=who.pk, accepted=True, by=clawing.own(who), legal_name="Žofie Dvořáková",
            line1="Dlouhá 1", postal_code="110 00", city="Praha", country="CZ", vat_id="CZ12345678",
        )  # fmt: skip
        money.earn_payable(who, 3000, 1800, 1800)
        clock.advance(dt.timedelta(minutes=1))
        clawing.sent(who)
        assert self_billing.issue(by=work.BY) == 1
        taken = Earning.objects.filter(annotator=who, amount_minor=1800).first()
        clawing.ask(taken, 600)
        assert self_billed_notes.issue(by=work.BY) == 1
    row = SelfBilledInvoice.objects.get()
    keep_file(who.user, reverse("payments:self_billed_pdf", args=[row.pk]), "self_billed.pdf")
    (note,) = row.notes.all()
    keep_file(who.user, reverse("payments:self_billed_note_pdf", args=[note.pk]), "credit_note.pdf")
    now = clock.now()
    month = reverse("payments:month_pdf", args=[now.year, now.month])
    keep_file(who.user, month, "annotator_month.pdf")
    keep_file(who.user, reverse("payments:tax_pdf", args=[now.year]), "annotator_year.pdf")


LONG = "Befund eines Röntgenbildes der Lendenwirbelsäule im Stehen, mit Größenmaßen, № {}"


def test_papers_of_several_pages_long_names_and_two_currencies(settings):
    """Kept beside the pictures; what a reader would miss is asserted where papers are made."""
    settings.PLATFORM_NAME = (
        "Marktplatz für Fachgutachten und medizinische Bewertungen mbH & Co. KG"
    )
    settings.PLATFORM_ADDRESS = ["Straße der Übung 118a", "53111 Königswinter", "DE"]
    who = money.payable_annotator("JP")
    who.user.name = "Žofie Maximiliane Dvořáková-Schäuffelhüber von und zu Größenwahn"
    who.user.save()
    for number in range(70):
        money.earn(who, 1_234 + number, label=LONG.format(number))
        money.earn(who, 4_800 + number, currency="jpy", label=LONG.format(number))
    Earning.objects.update(hold_until=clock.now())
    while mature(by=work.BY):
        pass
    self_billing.agree(
        annotator_id=who.pk, accepted=True, by=clawing.own(who), legal_name=who.user.name,
        line1="Dlouhá 1", postal_code="110 00", city="Praha", country="CZ", vat_id="CZ12345678",
    )  # fmt: skip
    clock.advance(dt.timedelta(minutes=1))
    clawing.sent(who)
    assert self_billing.issue(by=work.BY) == 1
    row, now = SelfBilledInvoice.objects.get(), clock.now()
    for name, path in {
        "long_month.pdf": reverse("payments:month_pdf", args=[now.year, now.month]),
        "long_year.pdf": reverse("payments:tax_pdf", args=[now.year]),
        "long_self_billed.pdf": reverse("payments:self_billed_pdf", args=[row.pk]),
    }.items():
        keep_file(who.user, path, name)
