"""Balances, statements and rails as other rooms read them."""

import csv
import io

import pytest
from django.template import Context, Template

from marketplace.core import clock
from payments.actions.earnings import accrue, mature
from payments.actions.reserve import reserve
from payments.models import Earning
from payments.selectors import balances, rails, statements
from tests.support.factories_payments import (
    BY,
    annotator,
    deposit,
    fund,
    organization,
    payable_annotator,
)

pytestmark = pytest.mark.django_db


def earn(who, holder, org, price=500, fee=100, *, pot="project:p1", label="Task 7 of Cardiology"):
    assert reserve(
        holder=holder,
        pot=pot,
        organization_id=org,
        currency="usd",
        price_minor=price,
        fee_minor=fee,
        by=BY,
    )
    return accrue(holder=holder, annotator_id=who.pk, label=label, by=BY)


def test_a_client_sees_what_is_prepaid_by_currency():
    org = organization().pk
    assert balances.client(org) == []
    deposit(org, 700)
    deposit(org, 90, "eur")
    assert balances.client(org) == [
        balances.ClientBalance("eur", 90),
        balances.ClientBalance("usd", 700),
    ]


def test_a_pot_is_free_reserved_and_spent():
    org = fund("project:p1", 2000)
    earn(annotator(), "assignment:1", org)
    assert reserve(
        holder="assignment:2", pot="project:p1", organization_id=org, currency="usd",
        price_minor=300, fee_minor=60, by=BY,
    )  # fmt: skip
    assert balances.pot("project:p1", "usd") == balances.PotBalance("usd", 1040, 360, 600)
    assert balances.pot("project:p1", "eur") == balances.PotBalance("eur", 0, 0, 0)


def test_a_statement_says_what_waits_and_why():
    who, org = annotator(), fund("project:p1", 2000)
    earn(who, "assignment:1", org)
    earn(who, "review:1", org, 200, 0, label="Review of task 3")
    Earning.objects.filter(source="review:1").update(hold_until=clock.now())
    mature(by=BY)
    earn(annotator(), "assignment:9", org)
    statement = statements.annotator(who.pk)
    assert statement.totals == [
        statements.StatementTotal("usd", pending_minor=500, payable_minor=200)
    ]
    by_label = {row.label: row for row in statement.rows}
    assert set(by_label) == {"Task 7 of Cardiology", "Review of task 3"}
    waiting = by_label["Task 7 of Cardiology"]
    assert (waiting.state, waiting.amount_minor, waiting.payout_id) == ("pending", 500, None)
    assert waiting.hold_reason == "Held for 7 days while you are new here. Later it is 1 day."
    assert (by_label["Review of task 3"].state, by_label["Review of task 3"].hold_reason) == (
        "payable",
        "",
    )


def test_the_csv_holds_every_row_and_no_formula():
    who, org = annotator(), fund("project:p1", 2000)
    earn(who, "assignment:1", org, label='=HYPERLINK("http://x")')
    lines = list(csv.DictReader(io.StringIO(statements.as_csv(statements.rows(who.pk)))))
    assert [(row["what"], row["amount_minor"], row["amount"], row["state"]) for row in lines] == [
        ('\'=HYPERLINK("http://x")', "500", "$5.00", "pending")
    ]


@pytest.mark.parametrize(
    ("country", "transfers", "payable"),
    [
        ("US", "active", True),
        ("US", "pending", False),
        ("US", "restricted", False),
        ("US", "something_new", False),
        ("IN", "active", False),
    ],
)
def test_only_an_active_capability_on_a_rail_is_payable(country, transfers, payable):
    assert rails.payable(payable_annotator(country, transfers)) is payable


def test_without_an_account_nobody_is_payable():
    assert rails.of(annotator("US")) == rails.Rail(
        "connect_transfer", payable=False, transfers="none"
    )
    assert rails.of(annotator("IN")).name is None


def test_templates_show_amounts_for_people():
    page = Template("{% load money %}{{ a|money:'usd' }} {{ b|money:'jpy' }} {{ c|money:'eur' }}")
    assert page.render(Context({"a": 123456, "b": 500, "c": -5})) == "$1,234.56 ¥500 -€0.05"
