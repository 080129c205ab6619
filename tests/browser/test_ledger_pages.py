"""The ledger browser and the desks of money beside it: read without a barrier, on a phone too."""

import pytest
from django.urls import reverse

from accounts.selectors.actors import of_staff
from marketplace.core import clock
from payments.actions import contests, goodwill, refunds
from payments.models import Deposit, LedgerAccount, LedgerEntry, Payout
from tests.browser.looking import faults
from tests.browser.test_books_pages import staff, taken_back
from tests.browser.test_pages import MODES
from tests.browser.test_statement_pages import keep_file
from tests.payments.clawing import ADA
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# A list of the desk, and what the world below must make it say.
LISTS = {
    "payout": "$90.00",
    "earning": "$200.00",
    "deposit": "$900.00",
    "refund": "$600.00",
    "goodwillrequest": "$900.00",
    "connectedaccount": "1 connected account",
    "recovery": "0 settled parts of debts",
    "reservation": "Heart sounds of children",
    "spendlimit": "0 spend limits",
    "railwait": "0 annotators we cannot pay yet",
    "comparison": "0 comparisons",
}


def world(person):
    """Work claimed and paid, some taken back and given back, a refund and goodwill that wait."""
    who = taken_back()
    client = people.organization(name="Charité Heart Lab")
    project = make.project(name="Heart sounds of children", client=client, fund=250_000)
    make.claim(make.expert())
    row = Deposit.objects.create(
        organization=client, currency="usd", amount_minor=90_000, state="paid",
        payment_intent="pi_3QabcDEFghiJKL", paid_at=money.clock.now(),
    )  # fmt: skip
    money.payment(row, "pi_3QabcDEFghiJKL", 90_000)
    owner = client.memberships.get().user
    refunds.request(
        organization_id=client.pk, currency="usd", amount_minor=60_000,
        reason="The study ended early.", by=refunds.Actor("user", str(owner.pk)),
    )  # fmt: skip
    goodwill.request(
        annotator_id=who.pk, currency="usd", amount_minor=90_000,
        reason="Our page lost an afternoon of your work.", by=of_staff(person),
    )  # fmt: skip
    return who, client, project


@pytest.mark.parametrize("mode", MODES)
def test_the_ledger_browser(look, mode, request):
    person = staff()
    who, client, project = world(person)
    taken = LedgerEntry.objects.filter(kind="clawback").latest("id")
    contests.reverse(clawback_id=taken.key.removeprefix("claw:"), why="It was right.", by=ADA)
    books, entries = (
        reverse(f"admin:payments_{name}_changelist") for name in ("ledgeraccount", "ledgerentry")
    )
    clearing = LedgerAccount.objects.get(kind="clearing_charge")
    reserve = LedgerEntry.objects.filter(kind="reserve").latest("id")
    find = reverse("admin:payments_ledger_find")
    pages = {
        "books": (books, ["Clearing: charges"]),
        "month": (
            reverse("admin:payments_month", args=[clock.now().year, clock.now().month]),
            ["This month is not over"],
        ),
        "books_of_kind": (f"{books}?kind=annotator_payable&currency=usd", ["(USD)"]),
        "books_of_client": (f"{books}?owner=org:{client.pk}", [client.name]),
        "books_of_project": (f"{books}?owner=project:{project.pk}", [project.name]),
        "books_of_annotator": (f"{books}?owner=annotator:{who.pk}", ["Accounts of"]),
        "account": (
            reverse("admin:payments_ledgeraccount_change", args=[clearing.pk]),
            ["fund:pi_3QabcDEFghiJKL", "-$900.00"],
        ),
        "entries": (entries, [reserve.key]),
        "entries_wrong_days": (
            f"{entries}?since=2026-02-02&until=2026-01-01",
            ["This is before the first day."],
        ),
        "entries_about": (
            f"{entries}?about=payout:{Payout.objects.first().pk}",
            ["Entries about payout:"],
        ),
        "entry": (
            reverse("admin:payments_ledgerentry_change", args=[reserve.pk]),
            [reserve.key, "What it was about"],
        ),
        "entry_undone": (
            reverse("admin:payments_ledgerentry_change", args=[taken.pk]),
            [taken.key],
        ),
        "found_many": (f"{find}?q=e", ["Found in the books"]),
        "found_none": (f"{find}?q=nobody+at+all", ["Found in the books"]),
        "project": (reverse("admin:tasks_project_change", args=[project.pk]), [project.name]),
    }
    now = clock.now()
    keep_file(person, reverse("admin:payments_trial"), "trial_balance.pdf")
    where = reverse("admin:payments_month_pdf", args=[now.year, now.month])
    keep_file(person, where, "platform_month.pdf")
    assert faults(look(person, **mode), request, pages) == {}


@pytest.mark.parametrize("mode", MODES)
def test_the_lists_of_money(look, mode, request):
    person = staff()
    world(person)
    pages = {
        name: (reverse(f"admin:payments_{name}_changelist"), [said]) for name, said in LISTS.items()
    }
    assert faults(look(person, **mode), request, pages) == {}
