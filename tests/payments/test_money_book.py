"""docs/money.md says what happens: its tables are compared with the ledger, its SQL is run."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from marketplace.core.actors import command
from payments.actions import books, deposits, earnings, funds, payouts
from payments.chart import CHART
from payments.models import (
    BankPayout,
    ConnectedAccount,
    Deposit,
    LedgerAccount,
    LedgerEntry,
    LedgerLeg,
)
from payments.selectors.balances import of_account
from tests.payments import book_tables
from tests.payments.money import pass_time, run_jobs
from tests.payments.test_webhooks import carry
from tests.support import factories_tasks as work

BY = command("tests")
PAY = {"card_number": "4242424242424242", "action": "pay"}
CODE = Path(__file__).resolve().parents[2] / "payments"
DAY = 86_400


# --- one task, from the deposit to the bank -------------------------------------------------------
def balances():
    """What is on each account, minor units; all owners together, what is empty left out."""
    sums = Counter()
    for account in LedgerAccount.objects.all():
        sums[account.kind] += of_account(account)
    return {kind: amount for kind, amount in sums.items() if amount}


def booked_since(last):
    """The movements after an entry's id, as {(account, minor units)} with their kinds."""
    legs = LedgerLeg.objects.filter(entry_id__gt=last).order_by("id")
    return {
        (leg.entry.kind, leg.account.kind, leg.amount)
        for leg in legs.select_related("entry", "account")
    }


class Road:
    """Each step of the table, done as in life: through actions, and Stripe over HTTP."""

    def __init__(self, local, live_server):
        self.local, self.live_server = local, live_server
        self.project = work.project(price_minor=3000, review_percent=0, fund=0, active=False)
        self.who = work.expert()
        account = local.onboarded()
        ConnectedAccount.objects.create(
            annotator=self.who, stripe_account=account.id, transfers="active"
        )

    def wait(self, days):
        self.local.stripe.advance(days * DAY)
        pass_time(days=days)

    def paid(self):
        row = deposits.request_deposit(
            organization_id=self.project.organization_id, currency="usd", amount_minor=10_000, by=BY
        )
        run_jobs()
        row.refresh_from_db()
        self.local.visit(row.checkout_url, PAY)
        deposits.settle(row.checkout_session, by=BY)
        assert Deposit.objects.get().state == "paid"

    def synced(self):
        books.sync(by=BY)

    def given(self):
        funds.allocate(
            organization_id=self.project.organization_id, pot=self.project.pot, currency="usd",
            amount_minor=6000, by=BY,
        )  # fmt: skip

    def claimed(self):
        work.projects.activate(project_id=self.project.pk, by=BY, confirm=True)
        work.matching.refresh_project(project_id=self.project.pk)
        self.assignment = work.claim(self.who)

    def accepted(self):
        assert work.check(work.submit(self.assignment))

    def held(self):
        self.wait(7)
        assert earnings.mature(by=BY) == 1

    def begun(self):
        carry(self.local, self.live_server)
        payouts.request(annotator_id=self.who.pk, by=BY)

    def sent(self):
        run_jobs()

    def banked(self):
        for _ in range(7):
            self.wait(1)
            self.local.stripe.flush_webhooks()
            run_jobs()
        assert (BankPayout.objects.get().state, BankPayout.objects.get().amount_minor) == (
            "paid",
            3000,
        )


STEPS = (
    "paid",
    "synced",
    "given",
    "claimed",
    "accepted",
    "held",
    "begun",
    "sent",
    "synced",
    "banked",
)


def walked(local, live_server):
    """What each step booked, and what each account holds after it."""
    road, told = Road(local, live_server), []
    for name in STEPS:
        last = LedgerEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        getattr(road, name)()
        told.append((booked_since(last), balances()))
    return told


def test_one_tasks_cents_are_where_the_book_says(local, live_server):
    """The journal and the balances of docs/money.md, step by step, are the ledger's."""
    (_, journal), (heads, held) = book_tables.tables(
        book_tables.section("One task, from the deposit to the bank")
    )
    told = walked(local, live_server)
    written = [set() for _ in STEPS]
    step = 0
    for number, _what, debit, credit, amount, kind in journal:
        step = int(number) if number else step
        minor = book_tables.minor(amount)
        written[step - 1] |= {(kind, debit, -minor)} if debit else set()
        written[step - 1] |= {(kind, credit, minor)} if credit else set()
    assert written == [booked for booked, _ in told]
    assert heads[1:] == [str(number) for number in range(1, len(STEPS) + 1)]
    for step, (_, balance) in enumerate(told, start=1):
        column = {row[0]: book_tables.minor(row[step]) for row in held if row[step]}
        assert (step, column) == (step, balance)
        assert sum(balance.values()) == 0


# --- the chart, and every flow --------------------------------------------------------------------
def test_the_chart_is_written_down():
    ((_, rows),) = book_tables.tables(book_tables.section("The accounts"))
    bounds = {(0, None): "never below zero", (None, 0): "never above zero", (None, None): ""}
    assert [tuple(row) for row in rows] == [
        (kind.name, kind.owner, kind.meaning, bounds[kind.least, kind.most])
        for kind in CHART.values()
    ]


def kinds_of_entries():
    """The kinds that the code books: the second argument of each Posting, and the claim's SQL."""
    found = {"reserve"}
    for path in (CODE / "actions").rglob("*.py"):
        tree = ast.parse(path.read_text())
        names = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Posting":
                kind = node.args[1]
                found.add(kind.value if isinstance(kind, ast.Constant) else names[kind.id])
    return found


def test_every_flow_is_written_down():
    ((_, rows),) = book_tables.tables(book_tables.section("Every movement"))
    assert {row[0] for row in rows} == kinds_of_entries()
    for row in rows:
        for account in re.findall(r"`?([a-z]+_[a-z_]+)`?", f"{row[2]} {row[3]}"):
            assert account in CHART, row
    assert len(rows) == len({tuple(row[:2]) for row in rows})


# --- what the database refuses --------------------------------------------------------------------
REFUSED = book_tables.tries(book_tables.section("What the database refuses"))


def test_there_are_enough_tries():
    said = " ".join(sql for sql, _ in REFUSED)
    for word in ("UPDATE payments_ledgerentry", "UPDATE payments_ledgerleg", "TRUNCATE",
                 "DELETE FROM payments_ledgerentry", "DELETE FROM payments_ledgerleg"):  # fmt: skip
        assert word in said
    assert len(REFUSED) == 12


def numbers_left_out(text):
    """Ids differ from run to run."""
    return re.sub(r"entry \d+", "entry N", text.strip())


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_postgresql_answers_as_the_book_says(transactional_db, number):
    sql, answer = REFUSED[number]
    lab = work.people.organization("Lab")
    work.money.fund("project:p1", 10_000, organization_id=lab.pk)
    work.money.deposit(lab.pk, 2500)
    before = balances(), list(LedgerLeg.objects.values_list()), list(LedgerEntry.objects.values())
    with (
        pytest.raises(DatabaseError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    diagnosis = refusal.value.__cause__.diag
    said = f"{diagnosis.severity}:  {diagnosis.sqlstate}: {diagnosis.message_primary}"
    assert numbers_left_out(said) == numbers_left_out(answer)
    after = balances(), list(LedgerLeg.objects.values_list()), list(LedgerEntry.objects.values())
    assert after == before
