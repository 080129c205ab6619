"""Credit notes: what is taken back of invoiced pay, and what of that was found wrong."""

import csv
import io

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from marketplace.core.models import AuditEntry
from marketplace.ops import proof
from payments import jobs
from payments.actions import awards, contests, self_billed_notes, self_billing
from payments.actions.earnings import mature
from payments.models import Clawback, Earning, SelfBilledNote
from payments.report import paper
from payments.selectors import self_billed
from payments.states import EarningKind
from tests.payments import clawing
from tests.payments.money import pass_time
from tests.payments.test_self_billing import DATA, agree, invoices, paid, platform  # noqa: F401
from tests.support.desk import Desk
from tests.support.factories_payments import BY, annotator, payable_annotator

pytestmark = pytest.mark.django_db


@pytest.fixture
def who():
    return payable_annotator("CZ")


def taken(payout, minor):
    """Pay of a sent payout that a person takes back."""
    return clawing.ask(payout.earnings.get(), minor)


def reversed_(claw):
    return contests.reverse(clawback_id=claw.pk, why="It was right.", by=clawing.ADA)


def notes(who):
    return list(SelfBilledNote.objects.filter(annotator=who).order_by("year", "number"))


def clean():
    pass_time(days=1, minutes=1)
    return [one for one in proof.run() if one.proof == "credit_notes"] == []


def test_what_is_taken_back_of_an_invoice_has_one_credit_note(who):
    agree(who)
    payout = paid(who, 2500)
    jobs.issue_self_billed()
    pass_time(days=40)
    first, second = taken(payout, 1000), taken(payout, 300)
    jobs.issue_self_billed()
    jobs.issue_self_billed()
    (bill,) = invoices(who)
    one, two = notes(who)
    found = [(row.invoice, row.clawback, row.number, row.amount_minor) for row in (one, two)]
    assert found == [(bill, first, 1, 1000), (bill, second, 2, 300)]
    assert (one.issued_at, one.year) == (first.booked_at, first.booked_at.year)
    assert (one.text, one.currency, one.withdraws) == ("Task", "usd", None)
    assert str(one) == f"CN-{str(who.pk)[-8:].upper()}-{one.year}-0001"
    issued = AuditEntry.objects.filter(verb="issued_credit_note").order_by("id")
    assert [row.data["amount_minor"] for row in issued] == [-1000, -300]
    assert bill.amount_minor == 2500
    assert clean()


def test_what_was_found_wrong_is_withdrawn(who):
    agree(who)
    before, after = taken(paid(who, 900), 400), taken(paid(who, 700), 700)
    jobs.issue_self_billed()
    reversed_(before)
    self_billing.end(annotator_id=who.pk, by=clawing.own(who))  # notes are made all the same
    reversed_(after)
    assert self_billed_notes.issue(by=BY) == 2
    one, two, three, four = notes(who)
    assert [row.signed_minor for row in (one, two, three, four)] == [-400, -700, 400, 700]
    assert [row.withdraws for row in (one, two, three, four)] == [None, None, one, two]
    assert [row.invoice for row in (three, four)] == [one.invoice, two.invoice]
    before.refresh_from_db()
    assert three.issued_at == before.ended_at
    assert self_billed_notes.issue(by=BY) == 0
    assert clean()


def test_both_notes_of_what_was_reversed_at_once(who):
    agree(who)
    reversed_(taken(paid(who, 900), 900))
    assert (self_billing.issue(by=BY), self_billed_notes.issue(by=BY)) == (1, 2)
    assert [row.signed_minor for row in notes(who)] == [-900, 900]
    row = Clawback.objects.get()
    assert self_billed_notes._issue(row, by=BY) == 0  # another run made them meanwhile
    assert clean()


def test_what_is_no_correction_of_an_invoice_has_no_note(who):
    early = paid(who, 1000)  # before the agreement: no invoice
    agree(who)
    awards.award(
        award_id=who.pk, annotator_id=who.pk, kind=EarningKind.GOODWILL, label="Sorry",
        currency="usd", amount_minor=300, by=clawing.GRACE,
    )  # fmt: skip
    Earning.objects.filter(state="pending").update(hold_until=early.sent_at)
    mature(by=BY)
    waiting = clawing.payable(who, 2000, 0)
    clawing.ask(waiting, 500)  # before it was paid: the invoice is lower
    both = paid(who, 4000)
    taken(early, 500)
    clawing.ask(both.earnings.get(kind=EarningKind.GOODWILL), 100)
    jobs.issue_self_billed()
    (bill,) = invoices(who)
    assert (bill.amount_minor, bill.other_minor) == (5500, 300)
    assert notes(who) == []
    assert clean()


def test_the_audit_misses_a_note_and_sees_a_wrong_one(who):
    agree(who)
    payout = paid(who, 2500)
    jobs.issue_self_billed()
    taken(payout, 1000)
    assert not clean()
    jobs.issue_self_billed()
    assert clean()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE payments_selfbillednote SET amount_minor = 1", "stays as it is"),
        ("DELETE FROM payments_selfbillednote", "stays as it is"),
    ],
)
def test_postgresql_keeps_notes(who, sql, words):
    agree(who)
    taken(paid(who, 1000), 400)
    jobs.issue_self_billed()
    with (
        pytest.raises(DatabaseError, match=words),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": 3}, "have no gaps"),
        ({"number": 2, "amount_minor": 601}, "at most their invoice"),
        ({"number": 2, "amount_minor": 0}, "payments_self_billed_note_amounts"),
        ({"number": 2, "amount_minor": 600}, "payments_self_billed_note_once"),
    ],
)
def test_postgresql_refuses_a_gap_and_too_much(who, changes, words):
    agree(who)
    payout = paid(who, 1000)
    taken(payout, 400)
    jobs.issue_self_billed()
    (row,) = notes(who)
    row.pk = payout.pk
    for name, value in changes.items():
        setattr(row, name, value)
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        row.save(force_insert=True)


def test_page_paper_sheet_and_desk(client, who):
    agree(who)
    claw = taken(paid(who, 2500), 1000)
    jobs.issue_self_billed()
    reversed_(claw)
    jobs.issue_self_billed()
    (bill,), (one, two) = invoices(who), notes(who)
    client.force_login(who.user)
    text = client.get(reverse("payments:self_billing")).content.decode()
    for part in (f"credit note on {bill}", f"credit note {one} withdrawn", "-$10.00", "$10.00"):
        assert part in text
    for row, title, sum_ in (
        (one, "Credit note", "-$10.00"),
        (two, "Credit note withdrawn", "$10.00"),
    ):
        told = self_billed.note_paper(row)
        cells = [cell for block in told.blocks for line in block.rows for cell in line]
        assert (told.title, told.subtitle) == (title, str(row))
        assert {str(bill), f"{bill.issued_at:%Y-%m-%d}", sum_} <= set(cells)
        assert "Reverse charge" in told.closing
        assert paper.write(told).startswith(b"%PDF-")
        reply = client.get(reverse("payments:self_billed_note_pdf", args=[row.pk]))
        assert (reply.status_code, reply["Content-Type"]) == (200, "application/pdf")
    sheet = client.get(reverse("payments:self_billed_csv")).content.decode()
    lines = list(csv.DictReader(io.StringIO(sheet)))
    assert [(line["document"], line["number"], line["corrects"]) for line in lines] == [
        ("credit_note", str(one), str(bill)), ("withdrawal", str(two), str(bill)),
        ("invoice", str(bill), ""),
    ]  # fmt: skip
    assert sum(int(line["amount_minor"].lstrip("'")) for line in lines) == 2500
    desk = Desk(administrator=True).browser
    page = desk.get(reverse("admin:payments_selfbillednote_changelist")).content.decode()
    assert str(one) in page
    assert "-$10.00" in page
    client.force_login(annotator().user)
    pdf = reverse("payments:self_billed_note_pdf", args=[one.pk])
    assert client.get(pdf).status_code == 404
    assert str(one) not in client.get(reverse("payments:self_billed_csv")).content.decode()
    assert DATA["country"] == "cz"
