"""Statements: sums over the ledger's entries, for annotators and for the platform, as PDF and CSV."""

import base64
import csv
import datetime as dt
import io
import re
import zlib

import pytest
from django.urls import reverse

from marketplace.core import clock
from payments.actions import comings_back, payouts
from payments.actions.outcomes import sent
from payments.report import paper
from payments.selectors import movements, papers
from payments.stripe.gateway import Transfer, TransferBack
from tests.support.desk import Desk
from tests.support.factories_payments import BY, annotator, earn, earn_payable, payable_annotator

pytestmark = pytest.mark.django_db


def paid(who, *amounts, made_at=None):
    earn_payable(who, *amounts)
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    transfer = Transfer(
        f"tr_{row.pk}", row.amount_minor, "usd", row.destination, "", str(row.pk), 0,
        made_at or clock.now(),
    )  # fmt: skip
    sent(row.pk, transfer, by=BY)
    return row


def this_month():
    now = clock.now()
    return now.year, now.month


def test_a_month_opens_moves_and_closes():
    who = payable_annotator()
    paid(who, 1500, 1000)
    earn(who, 700, label="Third task")
    year, month = this_month()
    (account,) = movements.accounts([f"annotator:{who.pk}"], movements.month(year, month))
    assert (account.currency, account.opening_minor, account.closing_minor) == ("usd", 0, 700)
    moved = [(one.kind, one.entries, one.amount_minor) for one in account.moved]
    assert moved == [("accept", 3, 3200), ("payout_done", 1, -2500)]
    later = dt.datetime(year, month, 1, tzinfo=dt.UTC) + dt.timedelta(days=40)
    (after,) = movements.accounts([f"annotator:{who.pk}"], movements.month(later.year, later.month))
    assert (after.opening_minor, after.moved, after.closing_minor) == (700, [], 700)


def test_items_carry_the_words_of_the_earning():
    who = annotator()
    earn(who, 700, label="Read an ECG")
    (item,) = papers.items([f"annotator:{who.pk}"], movements.month(*this_month()))
    assert (item.what, item.currency, item.amount_minor) == ("Read an ECG", "usd", 700)


def test_the_tax_year_counts_transfers_by_their_date():
    who = payable_annotator()
    paid(who, 1500)
    paid(who, 1000)
    earn(who, 900)
    year, month = this_month()
    assert movements.paid_in_year(who.pk, year) == [movements.Paid("usd", month, 2, 2500, 0)]
    assert movements.paid_in_year(who.pk, year - 1) == []


def test_a_transfer_counts_in_the_year_in_which_stripe_made_it_and_so_does_its_reversal():
    """Its answer was lost on New Year's Eve; what came back the year after is that year's."""
    who = payable_annotator()
    year, month = this_month()
    eve = dt.datetime(year - 1, 12, 31, 23, 59, tzinfo=dt.UTC)
    row = paid(who, 1500, made_at=eve)
    # the books know of it since today only: a transfer of a year ago is never booked before it
    back = TransferBack("trr_1", row.stripe_transfer, 400, "usd", "", clock.now())
    comings_back.known(row.pk, back, by=BY)
    assert movements.paid_in_year(who.pk, year - 1) == [movements.Paid("usd", 12, 1, 1500, 0)]
    (now,) = movements.paid_in_year(who.pk, year)
    assert (now, now.net_minor) == (movements.Paid("usd", month, 0, 0, 400), -400)
    sheet = papers.annotator_year(who, year)
    assert sheet.blocks[0].rows == [
        [f"{clock.now():%B %Y}", "0", "$0.00", "$4.00", "-$4.00"],
        ["The whole year", "0", "$0.00", "$4.00", "-$4.00"],
    ]


def test_the_trial_balance_balances():
    paid(payable_annotator(), 1500)
    earn(annotator(), 300, currency="jpy")
    lines = movements.trial_balance(clock.now() + dt.timedelta(seconds=1))
    for currency in ("usd", "jpy"):
        own = [one for one in lines if one.currency == currency]
        assert sum(one.debit_minor for one in own) == sum(one.credit_minor for one in own) > 0
        assert sum(one.balance_minor for one in own) == 0
    by_kind = {(one.kind, one.currency): one.balance_minor for one in lines}
    assert by_kind["clearing_transfer", "usd"] == 1500
    assert by_kind["annotator_pending", "jpy"] == 300


def test_papers_say_the_month_and_the_person_once_and_how_many_pages_there_are():
    who = payable_annotator()
    paid(who, *[1500] * 70)
    told = papers.annotator_month(who, *this_month())
    assert told.subtitle == f"{clock.now():%B %Y}"
    who.user.name = ""
    assert papers.person(who) == [who.user.email, who.country]
    texts = [one.decode("latin-1") for one in pages_of(paper.write(told))]
    assert [re.findall(r"\(Page \d+ of \d+\)", text) for text in texts] == [
        [f"(Page {number} of 3)"] for number in (1, 2, 3)
    ]


def pages_of(pdf):
    """What is drawn on each page of a file."""
    drawn = re.findall(rb"/ASCII85Decode.*?stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    return [zlib.decompress(base64.a85decode(one.strip().removesuffix(b"~>"))) for one in drawn]


def test_what_a_paper_can_not_show_is_not_half_shown():
    assert (paper.shows("№"), paper.shows("ř"), paper.shows("⅓"), paper.shows("中")) == (
        True, True, False, False,
    )  # fmt: skip


def test_the_same_statement_is_the_same_file():
    who = payable_annotator()
    paid(who, 1500)
    year, month = this_month()
    first = paper.write(papers.annotator_month(who, year, month))
    assert first == paper.write(papers.annotator_month(who, year, month))
    assert first.startswith(b"%PDF-")
    empty = papers.annotator_year(who, year - 1)
    assert empty.closing == "Nothing was transferred in this year."
    assert paper.write(papers.annotator_year(who, year)).startswith(b"%PDF-")


def test_an_annotator_reads_their_own_and_nobody_elses(client):
    who, other = payable_annotator(), annotator()
    paid(who, 1500)
    earn(other, 900, label="=HYPERLINK()")
    year, month = this_month()
    client.force_login(who.user)
    page = client.get(reverse("payments:statements")).content.decode()
    assert reverse("payments:month_pdf", args=[year, month]) in page
    assert reverse("payments:tax_csv", args=[year]) in page
    for name in ("month_pdf", "tax_pdf"):
        args = [year, month] if name == "month_pdf" else [year]
        reply = client.get(reverse(f"payments:{name}", args=args))
        assert (reply.status_code, reply["Content-Type"]) == (200, "application/pdf")
    text = client.get(reverse("payments:month_csv", args=[year, month])).content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["amount_minor"] for row in rows] == ["1500", "-1500"]
    text = client.get(reverse("payments:tax_csv", args=[year])).content.decode()
    assert text.splitlines()[1] == f"{year},{month},usd,1,1500,0,1500"
    client.force_login(other.user)
    text = client.get(reverse("payments:month_csv", args=[year, month])).content.decode()
    assert "1500" not in text
    assert "'=HYPERLINK()" in text  # no formula in a spreadsheet


@pytest.mark.parametrize(("year", "month"), [(1999, 1), (2999, 1), (2026, 13), (2026, 0)])
def test_what_is_no_month_is_not_found(client, year, month):
    client.force_login(annotator().user)
    assert client.get(f"/earnings/statements/{year}-{month}.pdf").status_code == 404


def test_nothing_yet(client):
    client.force_login(annotator().user)
    page = client.get(reverse("payments:statements")).content.decode()
    assert "Nothing was booked for you yet" in page


def test_staff_take_the_trial_balance():
    paid(payable_annotator(), 1500)
    reply = Desk(administrator=True).browser.get(reverse("admin:payments_trial"))
    assert (reply.status_code, reply["Content-Type"]) == (200, "application/pdf")
    assert reply.content.startswith(b"%PDF-")
