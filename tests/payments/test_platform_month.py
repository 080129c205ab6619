"""The platform's statement of a month: exact, tied to the months beside it, and balanced."""

import csv
import html
import io
import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.core import clock
from payments.actions.ledger import Posting, post
from payments.admin import platform_month as desk_month
from payments.models import LedgerEntry
from payments.selectors import movements, papers, platform_month
from payments.selectors.platform_month import COSTS, HELD, INCOME, OWED
from tests.payments.money import pass_time
from tests.support.desk import Desk
from tests.support.factories_payments import BY

pytestmark = pytest.mark.django_db
CLIENT, PROJECT, WHO = (f"{one}:{uuid.uuid4()}" for one in ("org", "project", "annotator"))


@pytest.fixture(autouse=True)
def _second_factor(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "ForcedMfa" not in name]


def book(kind, *legs, currency="usd"):
    legs = [(name, whose, minor) for name, whose, minor in legs]
    post([Posting(f"{kind}:{uuid.uuid4()}", kind, legs, currency)], by=BY)


def paid_in(minor, currency="usd"):
    book("fund", ("clearing_charge", "platform", -minor), ("client_prepaid", CLIENT, minor),
         currency=currency)  # fmt: skip
    book("stripe_txn", ("stripe_cash", "platform", 320 - minor), ("stripe_fees", "platform", -320),
         ("clearing_charge", "platform", minor), currency=currency)  # fmt: skip


def worked():
    book("allocate", ("client_prepaid", CLIENT, -6000), ("project_funds", PROJECT, 6000))
    book("reserve", ("project_funds", PROJECT, -3600), ("project_reserved", PROJECT, 3600))
    book("accept", ("project_reserved", PROJECT, -3600), ("annotator_pending", WHO, 3000),
         ("platform_fee", "platform", 600))  # fmt: skip
    book("award", ("platform_cost", "platform", -150), ("annotator_pending", WHO, 150))


def two_months():
    """A deposit in one month, the work in the next; the two (year, month)."""
    paid_in(10_000)
    first = clock.now()
    pass_time(days=32 - first.day + 1)
    worked()
    second = clock.now()
    return (first.year, first.month), (second.year, second.month)


def the(month):
    (found,) = platform_month.of(movements.month(*month))
    return found


def closing(found, kinds):
    return {one.account: one.closing_minor for one in found.lines(kinds)}


def test_the_figures_of_a_small_road():
    before, month = two_months()
    earlier, found = the(before), the(month)
    fees = [(one.entry, one.legs, one.moved_minor) for one in found.of(INCOME)]
    assert fees == [("accept", 1, 600)]
    assert [(one.account, one.moved_minor) for one in found.of(COSTS)] == [("platform_cost", -150)]
    assert [(one.account, one.moved_minor) for one in earlier.of(COSTS)] == [("stripe_fees", -320)]
    assert (earlier.result_minor, found.result_minor) == (-320, 450)
    assert closing(found, OWED) == {
        "client_prepaid": 4000, "project_funds": 2400, "project_reserved": 0,
        "annotator_pending": 3150,
    }  # fmt: skip
    assert closing(found, HELD) == {"stripe_cash": -9680, "clearing_charge": 0}
    held, owed = -found.all(HELD).closing_minor, found.all(OWED).closing_minor
    assert held - owed == found.all((*INCOME, *COSTS)).closing_minor == 130


def test_months_tie_and_sum_to_zero():
    before, month = two_months()
    earlier, found = the(before), the(month)
    kinds = desk_month.ALL
    assert sorted(kinds) == sorted([*INCOME, *COSTS, *OWED, *HELD])
    ended = {kind: minor for kind, minor in closing(earlier, kinds).items() if minor}
    began = {one.account: one.opening_minor for one in found.lines(kinds) if one.opening_minor}
    assert ended == began
    assert ended == {"client_prepaid": 10_000, "stripe_fees": -320, "stripe_cash": -9680}
    for one in (earlier, found):
        every = one.all(kinds)
        assert (every.opening_minor, every.closing_minor) == (0, 0)
        assert every.debit_minor == every.credit_minor > 0
    until = movements.month(*month).until
    trial = {one.kind: one.balance_minor for one in movements.trial_balance(until)}
    assert closing(found, kinds) == trial


def test_page_pdf_and_csv_in_words():
    before, month = two_months()
    browser = Desk(administrator=True).browser
    books = browser.get(reverse("admin:payments_ledgeraccount_changelist")).content.decode()
    address = reverse("admin:payments_month", args=month)
    assert f'href="{address}"' in books
    page = browser.get(address).content.decode()
    for text in ("Fees earned", "Work accepted", "Platform: exams and goodwill paid", "$4.50",
                 "Annotator: earned, on hold", "$31.50", "$96.80", "This month is not over"):  # fmt: skip
        assert text in page
    assert "annotator_pending" not in re.sub(r'href="[^"]*"', "", page)
    assert f"Statement of the platform · {papers.month_called(clock.now())}" in page
    assert f'href="{reverse("admin:payments_month", args=before)}"' in page
    assert (
        "This month is not over"
        not in browser.get(reverse("admin:payments_month", args=before)).content.decode()
    )
    pdf = browser.get(reverse("admin:payments_month_pdf", args=month))
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    sheet = browser.get(reverse("admin:payments_month_csv", args=month)).content.decode()
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert sum(int(row["closing_minor"]) for row in rows) == 0
    fee = [row for row in rows if row["kind"] == "platform_fee"]
    assert [(row["account"], row["entry"], row["closing_minor"]) for row in fee] == [
        ("Platform: fees earned", "Work accepted", "600")
    ]


def leads(page):
    """By the figure: where it leads, of all figures of a page that lead somewhere."""
    found = re.findall(r'data-label="([^"]*)"><a href="([^"]*)">([^<]*)</a>', page)
    return [(head, html.unescape(address), figure) for head, address, figure in found]


def test_each_figure_opens_what_it_is_made_of():
    _before, month = two_months()
    book(
        "fund",
        ("clearing_charge", "platform", -700),
        ("client_prepaid", CLIENT, 700),
        currency="eur",
    )
    browser = Desk(administrator=True).browser
    page = browser.get(reverse("admin:payments_month", args=month)).content.decode()
    places = leads(page)
    assert all(browser.get(address).status_code == 200 for _head, address, _figure in places)
    assert "$0.00" not in {
        figure for head, _address, figure in places if head == "At the beginning"
    }

    def opened(head, figure, part):
        (address,) = {
            one for name, one, told in places if (name, told) == (head, figure) and part in one
        }
        return browser.get(address).content.decode()

    fees = opened("In the month", "$6.00", "kind=accept")  # the pot's own legs
    assert "Platform: fees earned" in fees
    assert leads_to_entries(fees) == ["accept"]
    earned = opened("Change", "$31.50", "account=annotator_pending")
    assert "Entries: Annotator: earned, on hold (USD)" in earned
    assert leads_to_entries(earned) == ["award", "accept"]
    began = opened("At the beginning", "$100.00", "account=client_prepaid")
    assert leads_to_entries(began) == ["fund"]
    euros = opened("Change", "€7.00", "account=client_prepaid")
    assert leads_to_entries(euros) == ["fund"]


def leads_to_entries(page):
    """The kinds of the entries that a page of the browser lists, as they stand on it."""
    numbers = re.findall(r'href="/admin/payments/ledgerentry/(\d+)/change/"', page)
    kinds = dict(LedgerEntry.objects.values_list("pk", "kind"))
    return [kinds[int(one)] for one in numbers]


def test_a_month_to_come_is_not_found():
    browser = Desk(administrator=True).browser
    now = clock.now()
    for year, month in ((now.year + 1, 1), (now.year, 13), (1999, 1)):
        for kind in ("", "_pdf", "_csv"):
            found = browser.get(reverse(f"admin:payments_month{kind}", args=[year, month]))
            assert found.status_code == 404


def test_as_many_queries_for_much_as_for_little():
    def asked():
        with CaptureQueriesContext(
            connection,
        ) as found:
            desk_month.statement(clock.now().year, clock.now().month)
        return len(found)

    paid_in(10_000)
    little = asked()
    paid_in(10_000, "eur")
    worked()
    for _ in range(5):
        paid_in(1000)
    assert len(platform_month.of(movements.month(clock.now().year, clock.now().month))) == 2
    assert asked() == little
