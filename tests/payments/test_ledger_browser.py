"""The ledger browser: balances open legs, legs open entries, entries open what they were about."""

import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.actions import staff as appointing
from accounts.selectors.actors import of_staff
from marketplace.core import clock
from payments.actions import contests, debts
from payments.admin import words
from payments.chart import CHART
from payments.models import Clawback, Deposit, LedgerAccount, LedgerEntry, Recovery
from payments.selectors import behind, browsing, finding
from payments.states import PayoutState
from tests.payments.clawing import ADA, GRACE, ask, payable, sent
from tests.payments.money import pass_time
from tests.support import factories_accounts as people
from tests.support import factories_tasks as make
from tests.support.factories_payments import deposit, earn, earn_payable, fund, payable_annotator
from tests.support.factories_payments import payment as paid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _second_factor(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "ForcedMfa" not in name]


@pytest.fixture
def desk():
    return signed_in(people.staff())


def signed_in(person):
    browser = Client()
    browser.force_login(person)
    return browser


def accounts(browser, **query):
    return browser.get(reverse("admin:payments_ledgeraccount_changelist"), query)


def entries(browser, **query):
    return browser.get(reverse("admin:payments_ledgerentry_changelist"), query)


def account_page(browser, row, **query):
    return browser.get(reverse("admin:payments_ledgeraccount_change", args=[row.pk]), query)


def entry_page(browser, key):
    row = LedgerEntry.objects.get(key=key)
    return browser.get(reverse("admin:payments_ledgerentry_change", args=[row.pk]))


def link(answer, text):
    """The address behind the one link of a page with this text."""
    found = re.findall(rf'<a href="([^"]+)">{re.escape(text)}</a>', answer.content.decode())
    assert len(set(found)) == 1, (text, found)
    return found[0].replace("&amp;", "&")


def read(answer):
    """The words of a page, spaces between them."""
    assert answer.status_code == 200
    return " ".join(strip_tags(answer.content.decode()).split())


def test_from_the_trial_balance_to_the_earning(desk):
    who = payable_annotator()
    row = payable(who, 9_000, 1_000)
    trial = accounts(desk)
    assert "Together $0.00" in read(trial)
    of_kind = desk.get(link(trial, "$90.00"))
    assert "Annotator: payable (USD)" in read(of_kind)
    legs = desk.get(link(of_kind, "$90.00"))
    assert str(who.user) in read(legs)
    entry = desk.get(link(legs, "Hold over, payable"))
    text = read(entry)
    for shown in (f"mature:{row.pk}", "Annotator: earned, on hold", "$90.00", "Earning"):
        assert shown in text
    assert link(entry, "Task 7") == reverse("admin:payments_earning_change", args=[row.pk])
    assert "Task 7" in desk.get(link(entry, "Task 7")).content.decode()


def test_a_platform_pot_opens_its_legs_at_once(desk):
    earn(payable_annotator(), 700)
    clearing = LedgerAccount.objects.get(kind="clearing_charge")
    trial = accounts(desk)
    assert link(trial, "-$7.00") == reverse(
        "admin:payments_ledgeraccount_change", args=[clearing.pk]
    )


@pytest.mark.parametrize("kind", ["client_prepaid", "clearing_charge"])
def test_each_leg_shows_the_balance_after_it_on_every_page(monkeypatch, kind):
    monkeypatch.setattr(browsing, "PAGE", 2)
    who = people.organization()
    for minor in (100, 250, 4_000):
        deposit(who.pk, minor)
    row = LedgerAccount.objects.get(kind=kind)
    sign = 1 if kind == "client_prepaid" else -1
    first = browsing.legs(row, before=None, kind="", days=browsing.Days())
    assert [(one.leg.amount, one.balance_minor) for one in first.rows] == [
        (sign * 4_000, sign * 4_350),
        (sign * 250, sign * 350),
    ]
    second = browsing.legs(row, before=first.older, kind="", days=browsing.Days())
    assert [(one.leg.amount, one.balance_minor) for one in second.rows] == [
        (sign * 100, sign * 100)
    ]
    assert second.older is None


@pytest.mark.parametrize("number", ["²", "0", "9" * 18, "9" * 30, "nothing"])
@pytest.mark.parametrize("table", ["ledgeraccount", "ledgerentry"])
def test_a_number_that_names_nothing_is_not_found(desk, table, number):
    where = reverse("admin:payments_ledgeraccount_changelist").replace("ledgeraccount", table)
    assert desk.get(f"{where}{number}/change/").status_code == 404


def test_pages_follow_each_other_by_links(desk, monkeypatch):
    monkeypatch.setattr(browsing, "PAGE", 1)
    who = people.organization()
    deposit(who.pk, 100)
    deposit(who.pk, 250)
    row = LedgerAccount.objects.get(kind="client_prepaid")
    first = account_page(desk, row)
    assert ("$2.50 $3.50" in read(first), "$1.00 $1.00" in read(first)) == (True, False)
    where = reverse("admin:payments_ledgeraccount_change", args=[row.pk])
    second = desk.get(where + link(first, "Next page"))
    assert "$1.00 $1.00" in read(second)
    assert "Next page" not in read(second)
    assert link(second, "First page") == "?"
    listed = entries(desk)
    where = reverse("admin:payments_ledgerentry_changelist")
    assert "$1.00" in read(desk.get(where + link(listed, "Next page")))
    deposit(people.organization().pk, 70)
    of_kind = accounts(desk, kind="client_prepaid", currency="usd")
    after = desk.get(
        reverse("admin:payments_ledgeraccount_changelist") + link(of_kind, "Next page")
    )
    assert {("$3.50" in read(page), "$0.70" in read(page)) for page in (of_kind, after)} == {
        (True, False),
        (False, True),
    }


def test_legs_and_entries_by_kind_and_day(desk):
    organization_id = fund("project:p1", 500)
    pass_time(days=2)
    deposit(organization_id, 70)
    row = LedgerAccount.objects.get(kind="client_prepaid")
    given = account_page(desk, row, kind="allocate")
    assert "-$5.00" in read(given)
    assert "The balance after each leg is shown where all legs are." in read(given)
    assert "$0.70" not in read(given).replace("Balance now $0.70", "")
    first, last = (
        f"{at:%Y-%m-%d}"
        for at in LedgerEntry.objects.order_by("pk").values_list("created_at", flat=True)[::2]
    )
    assert first < last
    old = read(account_page(desk, row, until=first))
    assert ("-$5.00 $0.00" in old, "$0.70 $0.70" in old) == (True, False)
    new = read(entries(desk, since=last, until=last))
    assert ("$0.70" in new, "$5.00" in new) == (True, False)
    assert "Nothing was booked that fits." in read(entries(desk, until="2001-01-01"))
    assert "Nothing was booked here that fits." in read(account_page(desk, row, until="2001-01-01"))
    assert "This is before the first day." in read(entries(desk, since=last, until=first))
    assert "Enter a valid date." in read(entries(desk, since="yesterday"))


def test_an_entry_shows_who_did_it_and_what_undid_it(desk):
    person = people.staff(name="Grace Hopper")
    who = payable_annotator()
    row = payable(who, 9_000, 1_000)
    taken = ask(row, 4_000, by=of_staff(person))
    contests.reverse(clawback_id=taken.pk, why="It was right after all.", by=ADA)
    entry = entry_page(desk, f"claw:{taken.pk}")
    text = read(entry)
    assert "By Grace Hopper" in text
    assert "asked clawback" in text
    assert link(entry, f"claw:{taken.pk}:reversed") == reverse(
        "admin:payments_ledgerentry_change",
        args=[LedgerEntry.objects.get(key=f"claw:{taken.pk}:reversed").pk],
    )
    undone = entry_page(desk, f"claw:{taken.pk}:reversed")
    assert "Undoes" in read(undone)
    link(undone, f"claw:{taken.pk}")


def test_an_allocation_shows_its_own_act_and_no_other(desk):
    fund("project:p1", 500)
    pass_time(minutes=5)
    fund("project:p1", 900)
    older, newer = LedgerEntry.objects.filter(kind="allocate").order_by("pk")
    for row in (older, newer):
        assert read(entry_page(desk, row.key)).count("allocated") == 1


def whole_story(number=1):
    """Paid work of a task, some of it taken back; returns (earning, payout, clawback)."""
    who = payable_annotator()
    row = payable(who, 9_000, 1_000)
    payout = sent(who, f"tr_{number}")
    taken = ask(row, 4_000, by=GRACE)
    debts.write_off(clawback_id=taken.pk, why="Too long ago.", by=ADA)
    return row, payout, Clawback.objects.get(pk=taken.pk)


def test_all_entries_about_a_row_whatever_it_is(desk):
    row, payout, taken = whole_story()
    off = Recovery.objects.get()
    holder = row.source
    paid_out = {f"payout:{payout.pk}:start", f"payout:{payout.pk}:done"}
    back = {f"claw:{taken.pk}", f"write_off:{off.pk}"}
    work = {f"reserve:{holder}", f"accept:{holder}", f"mature:{row.pk}"}
    stories = {
        f"earning:{row.pk}": work | paid_out | back,
        f"reservation:{row.reservation_id}": work | paid_out | back,
        f"payout:{payout.pk}": paid_out,
        f"clawback:{taken.pk}": back,
        f"recovery:{off.pk}": {f"write_off:{off.pk}"},
    }
    for about, keys in stories.items():
        found = finding.keys_about(about)
        assert set(LedgerEntry.objects.filter(key__in=found).values_list("key", flat=True)) == keys
        text = read(entries(desk, about=about))
        assert [key for key in keys if key not in text] == []
    assert entries(desk, about="payout:nothing").status_code == 404
    assert entries(desk, about=f"payout:{uuid.uuid4()}").status_code == 404
    assert entries(desk, about=f"work:{uuid.uuid4()}").status_code == 404


def test_a_deposit_by_several_payments_leads_to_each(desk):
    row = Deposit.objects.create(organization=people.organization(), currency="usd", amount_minor=9)
    paid(row, "pi_1", 4)
    paid(row, "pi_2", 5)
    assert finding.keys_about(f"deposit:{row.pk}") == ["fund:pi_2", "fund:pi_1"]
    entry = entry_page(desk, "fund:pi_1")
    link(entry, str(row))


def test_every_entry_of_a_long_story_names_a_row():
    whole_story()
    expected = {
        "reserve": ["earning", "reservation"],
        "accept": ["earning", "reservation"],
        "mature": ["earning"],
        "payout_start": ["payout"],
        "payout_done": ["payout"],
        "clawback": ["clawback"],
        "write_off": ["recovery", "clawback"],
    }
    found = {
        entry.kind: [one._meta.model_name for one in behind.rows(entry)]
        for entry in LedgerEntry.objects.exclude(kind__in=["fund", "allocate"])
    }
    assert found == expected


def test_rows_of_the_desk_lead_into_the_books(desk):
    row, payout, _taken = whole_story()
    client = people.organization()
    pages = {
        "accounts_organization": (client.pk, f"owner=org%3A{client.pk}"),
        "accounts_annotatorprofile": (row.annotator_id, f"owner=annotator%3A{row.annotator_id}"),
        "payments_earning": (row.pk, f"about=earning%3A{row.pk}"),
        "payments_payout": (payout.pk, f"about=payout%3A{payout.pk}"),
    }
    for table, (pk, query) in pages.items():
        page = desk.get(reverse(f"admin:{table}_change", args=[pk]))
        assert link(page, "In the books").endswith(f"?{query}")
    project = make.project()
    page = desk.get(reverse("admin:tasks_project_change", args=[project.pk]))
    assert link(page, "In the books").endswith(f"?owner=project%3A{project.pk}")
    assert "In the books" not in read(
        signed_in(people.staff(is_superuser=False)).get(
            reverse("admin:payments_payout_change", args=[payout.pk])
        )
    )


def test_only_who_was_entrusted_with_money_sees_the_books():
    row = earn(payable_annotator(), 500)
    boss, person = people.staff(), people.staff(is_superuser=False)
    entry = LedgerEntry.objects.get(key=f"accept:{row.source}")
    pages = [
        reverse("admin:payments_ledgeraccount_changelist"),
        reverse("admin:payments_ledgerentry_changelist"),
        reverse("admin:payments_ledger_find"),
        reverse("admin:payments_trial"),
        *(reverse(f"admin:payments_month{kind}", args=[clock.now().year, clock.now().month]) for kind in ("", "_pdf", "_csv")),
        reverse("admin:payments_ledgerentry_change", args=[entry.pk]),
        reverse(
            "admin:payments_ledgeraccount_change", args=[LedgerAccount.objects.first().pk]
        ),
    ]  # fmt: skip
    browser = signed_in(person)

    def answers():
        return {browser.get(page).status_code for page in pages}

    assert answers() == {403}
    assert pages[0] not in browser.get("/admin/").content.decode()
    appointing.entrust(user_id=person.pk, by=of_staff(boss))
    assert answers() == {200}
    assert pages[0] in browser.get("/admin/").content.decode()
    for page in pages[7:]:
        assert browser.post(page).status_code == 403
    appointing.relieve(user_id=person.pk, by=of_staff(boss))
    assert answers() == {403}


@pytest.mark.parametrize("name", ["account", "entry"])
@pytest.mark.parametrize("number", ["0", "-1", "x"])
def test_a_page_of_nothing_is_not_found(desk, name, number):
    where = reverse(f"admin:payments_ledger{name}_change", args=[number])
    assert desk.get(where).status_code == 404


def counted(browser, where):
    browser.get(where)  # what is asked once a process
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert browser.get(where).status_code == 200
    return len(asked)


def test_no_page_asks_more_when_there_is_more(desk):
    row, _payout, _taken = whole_story()
    lists = {
        name: reverse(f"admin:payments_{name}_changelist")
        for name in ("ledgeraccount", "ledgerentry")
    }
    payable_pot = LedgerAccount.objects.get(kind="annotator_payable")
    clearing = LedgerAccount.objects.get(kind="clearing_charge")
    accept = LedgerEntry.objects.get(key=f"accept:{row.source}")
    pages = [
        lists["ledgeraccount"],
        lists["ledgeraccount"] + "?kind=annotator_payable&currency=usd",
        lists["ledgeraccount"] + f"?owner=annotator:{row.annotator_id}",
        lists["ledgerentry"],
        lists["ledgerentry"] + f"?about=earning:{row.pk}",
        reverse("admin:payments_ledgeraccount_change", args=[payable_pot.pk]),
        reverse("admin:payments_ledgeraccount_change", args=[clearing.pk]),
        reverse("admin:payments_ledgerentry_change", args=[accept.pk]),
    ]
    before = {page: counted(desk, page) for page in pages}
    earn_payable(row.annotator, *range(3_000, 3_020))
    for number in range(2, 7):
        whole_story(number)
    assert {page: counted(desk, page) for page in pages} == before
    assert max(before.values()) <= 25


def test_every_account_of_the_chart_and_every_entry_has_a_word():
    assert set(words.ACCOUNTS) == set(CHART)
    whole_story()
    assert set(LedgerEntry.objects.values_list("kind", flat=True)) <= set(words.ENTRIES)
    assert words.entry("some_thing") == "Some thing"
    assert set(words.PAYOUTS) == set(PayoutState.values)
    assert words.difference("cash_gap") == "cash at Stripe that differs"
    assert words.difference("some_thing") == "some thing"
    assert words.bearer("project_funds", "Heart", "$1.00") == (
        "the free funds of a project (Heart): $1.00"
    )
    assert words.bearer("platform_fee", "", "$1.00") == "Platform: fees earned: $1.00"
