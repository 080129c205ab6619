"""Invoices in annotators' names: agreed to once, one for each payout, numbered without gaps."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from marketplace.core.models import AuditEntry
from payments import jobs, vat
from payments.actions import awards, self_billing
from payments.actions.earnings import mature
from payments.models import Earning, SelfBilledInvoice, SelfBillingAgreement
from payments.report import paper
from payments.selectors import self_billed
from payments.states import EarningKind
from tests.payments import clawing
from tests.payments.money import pass_time
from tests.support.factories_payments import BY, annotator, earn_payable, payable_annotator

pytestmark = pytest.mark.django_db
DATA = {
    "legal_name": "Dr. Žofie Dvořáková", "line1": "Dlouhá 1", "postal_code": "110 00",
    "city": "Praha", "country": "cz", "vat_id": "CZ 12345678",
}  # fmt: skip


@pytest.fixture(autouse=True)
def platform(settings):
    settings.PLATFORM_NAME = "Market GmbH"
    settings.PLATFORM_ADDRESS = ["Weg 1", "53111 Bonn", "DE"]
    settings.PLATFORM_VAT_ID = "DE123456789"


@pytest.fixture
def who():
    return payable_annotator("CZ")


def agree(who, accepted=True, **changes):
    says = {**DATA, **changes}
    return self_billing.agree(annotator_id=who.pk, accepted=accepted, by=clawing.own(who), **says)


_names = iter(range(10_000))


def paid(who, *amounts):
    earn_payable(who, *amounts)
    pass_time(minutes=1)
    return clawing.sent(who, f"tr_{next(_names)}")


def invoices(who):
    return list(SelfBilledInvoice.objects.filter(annotator=who).order_by("year", "number"))


def test_each_payout_under_the_agreement_is_one_invoice(who):
    paid(who, 900)  # before: none
    made = agree(who)
    first, second = paid(who, 1500, 1000), paid(who, 700)
    jobs.issue_self_billed()
    jobs.issue_self_billed()
    one, two = invoices(who)
    assert [(row.payout, row.number, row.amount_minor) for row in (one, two)] == [
        (first, 1, 2500),
        (second, 2, 700),
    ]
    assert one.issued_at == first.sent_at
    assert one.lines == [
        {"text": "Task", "amount_minor": 1500}, {"text": "Task", "amount_minor": 1000},
    ]  # fmt: skip
    assert one.seller == [
        "Dr. Žofie Dvořáková", "Dlouhá 1", "110 00 Praha", "CZ", "VAT id CZ12345678",
    ]  # fmt: skip
    assert one.buyer == ["Market GmbH", "Weg 1", "53111 Bonn", "DE", "VAT id DE123456789"]
    assert one.note.startswith("Reverse charge: the recipient accounts for VAT")
    assert (one.agreement, "Market GmbH makes invoices in my name" in made.terms) == (made, True)
    assert str(one) == f"SB-{str(who.pk)[-8:].upper()}-{first.sent_at.year}-0001"
    assert AuditEntry.objects.filter(verb="issued_self_billed").count() == 2


def test_numbers_begin_anew_each_year_and_with_each_annotator(who):
    other = payable_annotator("FR")
    agree(who)
    agree(other, country="FR", vat_id="")
    paid(who, 1000)
    paid(other, 1000)
    clock.advance(dt.timedelta(days=366))
    paid(who, 1000)
    assert self_billing.issue(by=BY) == 3
    year = invoices(who)[0].year
    assert [(row.year, row.number) for row in invoices(who)] == [(year, 1), (year + 1, 1)]
    (theirs,) = invoices(other)
    assert (theirs.number, theirs.note) == (1, "No VAT is shown: the supplier gave no VAT id.")


def test_goodwill_and_what_is_kept_are_told_apart(who):
    agree(who)
    taken = clawing.payable(who, 2000, 0)
    clawing.sent(who, "tr_first")
    clawing.ask(taken, 500)
    pass_time(minutes=1)
    awards.award(
        award_id=taken.pk, annotator_id=who.pk, kind=EarningKind.GOODWILL, label="Sorry",
        currency="usd", amount_minor=300, by=clawing.GRACE,
    )  # fmt: skip
    Earning.objects.filter(state="pending").update(hold_until=clock.now())
    mature(by=BY)
    payout = paid(who, 5000)
    self_billing.issue(by=BY)
    row = invoices(who)[1]
    assert (row.amount_minor, row.other_minor, row.kept_minor) == (5000, 300, 500)
    assert row.transferred_minor == payout.amount_minor == 4800
    words = [
        cell for block in self_billed.paper(row).blocks for line in block.rows for cell in line
    ]
    for text in ("Goodwill, no price of services", "$3.00", "-$5.00", "$48.00", "$50.00"):
        assert text in words
    assert paper.write(self_billed.paper(row)).startswith(b"%PDF-")


def test_a_payout_of_goodwill_alone_is_no_invoice(who):
    agree(who)
    awards.award(
        award_id=who.pk, annotator_id=who.pk, kind=EarningKind.GOODWILL, label="Sorry",
        currency="usd", amount_minor=3000, by=clawing.GRACE,
    )  # fmt: skip
    Earning.objects.filter(state="pending").update(hold_until=clock.now())
    mature(by=BY)
    pass_time(minutes=1)
    clawing.sent(who, "tr_good")
    assert self_billing.issue(by=BY) == 0


def test_the_agreement_ends_and_begins_anew(who):
    first = agree(who)
    assert agree(who) == first
    paid(who, 1000)
    pass_time(minutes=1)
    second = agree(who, line1="Krátká 2")
    first.refresh_from_db()
    assert first.ended_at is not None
    paid(who, 1000)
    pass_time(minutes=1)
    self_billing.end(annotator_id=who.pk, by=clawing.own(who))
    paid(who, 1000)
    assert self_billing.issue(by=BY) == 2
    assert [row.agreement for row in invoices(who)] == [first, second]
    with pytest.raises(Refused) as refusal:
        self_billing.end(annotator_id=who.pk, by=clawing.own(who))
    assert refusal.value.code == "not_agreed"


def test_an_invoice_that_another_run_made_meanwhile_is_left(who):
    agree(who)
    payout = paid(who, 1000)
    assert self_billing.issue(by=BY) == 1
    assert self_billing._issue(payout.pk, by=BY) is False
    stranger = payable_annotator()
    assert self_billing._issue(paid(stranger, 1000).pk, by=BY) is False


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"accepted": False}, ["/accepted"]),
        ({"legal_name": " "}, ["/legal_name"]),
        ({"line1": "x" * 201}, ["/line1"]),
        ({"city": "a\nb"}, ["/city"]),
        ({"legal_name": "Георги"}, ["/legal_name"]),
        ({"country": "XX"}, ["/country"]),
        ({"vat_id": "CZ1"}, ["/vat_id"]),
        ({"vat_id": "DE987654321"}, ["/vat_id"]),
        ({"accepted": False, "city": "", "vat_id": "1"}, ["/accepted", "/city", "/vat_id"]),
    ],
)
def test_what_is_refused_says_where(who, changes, pointers):
    with pytest.raises(Refused) as refusal:
        agree(who, **changes)
    assert refusal.value.status == 422
    assert [fault.pointer for fault in refusal.value.faults] == pointers
    assert not SelfBillingAgreement.objects.exists()


def test_nobody_agrees_for_another(who):
    with pytest.raises(NotFound):
        self_billing.agree(annotator_id=who.pk, accepted=True, by=clawing.own(annotator()), **DATA)
    with pytest.raises(NotFound):
        self_billing.agree(annotator_id=who.user_id, accepted=True, by=BY, **DATA)


@pytest.mark.parametrize(
    ("seller", "buyer", "told"),
    [
        ("CZ12345678", "DE123456789", "reverse_charge"),
        ("GB123456789", "DE123456789", "abroad"),
        ("DE123456789", "GB123456789", "abroad"),
        ("XI123456789", "GB123456789", "domestic"),
        ("DE123456789", "DE123456788", "domestic"),
        ("", "DE123456789", ""),
        ("DE123456789", "", ""),
    ],
)
def test_what_two_vat_ids_tell(seller, buyer, told):
    assert vat.treatment(seller, buyer) == told
    text = self_billing.note(seller, buyer)
    assert text.startswith(
        {"reverse_charge": "Reverse", "abroad": "The service"}.get(told, "No VAT")
    )


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE payments_selfbilledinvoice SET amount_minor = 1", "stays as it is"),
        ("DELETE FROM payments_selfbilledinvoice", "stays as it is"),
    ],
)
def test_postgresql_keeps_invoices(who, sql, words):
    agree(who)
    paid(who, 1000)
    self_billing.issue(by=BY)
    with (
        pytest.raises(DatabaseError, match=words),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_postgresql_refuses_a_gap(who):
    agree(who)
    payout = paid(who, 1000)
    self_billing.issue(by=BY)
    (row,) = invoices(who)
    other = paid(who, 1000)
    row.pk, row.payout, row.number = payout.pk, other, 3
    with pytest.raises(DatabaseError, match="have no gaps"), transaction.atomic():
        row.save(force_insert=True)
    row.number = 2
    row.save(force_insert=True)


def test_a_paper_shows_latin_letters_without_their_marks():
    assert paper._plain("Łukasz Dvořák, Ağrı") == "Lukasz Dvorák, Agri"
    assert paper._plain("Георги") == "??????"
    assert (paper.shows("Łukasz"), paper.shows("Γ")) == (True, False)


def test_the_page(client, who):
    client.force_login(who.user)
    where = reverse("payments:self_billing")
    assert where in client.get(reverse("payments:statements")).content.decode()
    text = client.get(where).content.decode()
    assert "I agree that Market GmbH makes invoices in my name" in text
    assert 'value="CZ"' in text
    reply = client.post(where, {**DATA, "vat_id": "CZ12"})
    assert reply.status_code == 422
    text = reply.content.decode()
    assert "Nothing is made without your agreement." in text
    assert "This is not what a VAT id of CZ looks like." in text
    assert "Dlouhá 1" in text
    reply = client.post(where, {**DATA, "accepted": "on"}, follow=True)
    assert "Invoices are made in your name from now on." in reply.content.decode()
    paid(who, 1000)
    self_billing.issue(by=BY)
    (row,) = invoices(who)
    assert str(row) in client.get(where).content.decode()
    pdf = reverse("payments:self_billed_pdf", args=[row.pk])
    reply = client.get(pdf)
    assert (reply.status_code, reply["Content-Type"]) == (200, "application/pdf")
    stop = reverse("payments:self_billing_end")
    assert "No more invoices are made" in client.post(stop, follow=True).content.decode()
    assert "There is no agreement" in client.post(stop, follow=True).content.decode()
    client.force_login(annotator().user)
    assert client.get(pdf).status_code == 404
    assert str(row) not in client.get(where).content.decode()
