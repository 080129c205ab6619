"""`post()`: what is booked, what is a replay, what is refused, and what it costs."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from marketplace.core.errors import Refused
from payments.actions.ledger import Posting, post
from payments.models import LedgerAccount, LedgerEntry, LedgerLeg
from tests.support.factories_payments import BY

pytestmark = pytest.mark.django_db


def charge(key, amount, org="org:1"):
    return Posting(
        key,
        "fund",
        [("clearing_charge", "platform", -amount), ("client_prepaid", org, amount)],
        "usd",
    )


def give(key, amount, org="org:1", project="project:1"):
    return Posting(
        key,
        "allocate",
        [("client_prepaid", org, -amount), ("project_funds", project, amount)],
        "usd",
    )


def balances():
    return {
        (a.kind, a.owner_key, a.currency): a.balance
        for a in LedgerAccount.objects.filter(tracked=True)
    }


def test_a_new_entry_moves_the_balances_and_says_who():
    assert post([charge("fund:a", 700)], by=BY) == 1
    assert balances() == {("client_prepaid", "org:1", "usd"): 700}
    entry = LedgerEntry.objects.get()
    assert (entry.key, entry.kind, entry.data) == ("fund:a", "fund", {"by": BY.key})
    assert sorted(entry.legs.values_list("account__kind", "amount")) == [
        ("clearing_charge", -700),
        ("client_prepaid", 700),
    ]


def test_a_replay_does_nothing_and_another_amount_is_refused():
    assert post([charge("fund:a", 700)], by=BY) == 1
    assert post([charge("fund:a", 700), charge("fund:b", 5)], by=BY) == 1
    assert balances() == {("client_prepaid", "org:1", "usd"): 705}
    with pytest.raises(Refused) as refusal:
        post([charge("fund:c", 1), charge("fund:a", 701)], by=BY)
    assert refusal.value.code == "key_reused"
    with pytest.raises(Refused) as refusal:
        post([charge("fund:d", 1), charge("fund:d", 2)], by=BY)
    assert refusal.value.code == "key_reused"
    assert LedgerEntry.objects.count() == 2


def test_an_overdraft_is_refused_and_leaves_the_transaction_usable():
    post([charge("fund:a", 700)], by=BY)
    with pytest.raises(Refused) as refusal:
        post([give("alloc:a", 400), give("alloc:b", 301)], by=BY)
    assert refusal.value.code == "funds_short"
    assert balances()["client_prepaid", "org:1", "usd"] == 700
    assert post([give("alloc:a", 400), give("alloc:b", 300)], by=BY) == 2
    assert balances() == {
        ("client_prepaid", "org:1", "usd"): 0,
        ("project_funds", "project:1", "usd"): 700,
    }


def test_a_replay_needs_no_money_in_the_purse():
    post([charge("fund:a", 700), give("alloc:a", 700)], by=BY)
    assert post([give("alloc:a", 700)], by=BY) == 0
    with pytest.raises(Refused) as refusal:
        post([give("alloc:a", 701)], by=BY)
    assert refusal.value.code == "key_reused"
    with pytest.raises(Refused) as refusal:
        post([give("alloc:a", 700), give("alloc:b", 1)], by=BY)
    assert refusal.value.code == "funds_short"
    assert post([give("alloc:a", 700), charge("fund:b", 5)], by=BY) == 1
    assert balances() == {
        ("client_prepaid", "org:1", "usd"): 5,
        ("project_funds", "project:1", "usd"): 700,
    }


def test_an_earlier_entry_of_the_call_funds_a_later_one():
    assert post([charge("fund:a", 500), give("alloc:a", 500)], by=BY) == 2
    assert balances()["project_funds", "project:1", "usd"] == 500


def test_a_debt_never_turns_positive():
    taken = [("annotator_debt", "annotator:1", -50), ("platform_loss", "platform", 50)]
    post([Posting("claw:1", "clawback", taken, "usd")], by=BY)
    back = [("annotator_debt", "annotator:1", 51), ("platform_loss", "platform", -51)]
    with pytest.raises(Refused) as refusal:
        post([Posting("claw:2", "clawback", back, "usd")], by=BY)
    assert refusal.value.code == "funds_short"


def test_an_entry_is_undone_once():
    """A second one under another key is a bug, and PostgreSQL refuses it."""
    post([charge("fund:1", 700)], by=BY)
    legs = [("client_prepaid", "org:1", -300), ("clearing_charge", "platform", 300)]
    post([Posting("undo:1", "undo", legs, "usd", reverses="fund:1")], by=BY)
    with pytest.raises(IntegrityError, match="reverses_id"), transaction.atomic():
        post([Posting("undo:2", "undo", legs, "usd", reverses="fund:1")], by=BY)
    assert balances()["client_prepaid", "org:1", "usd"] == 400
    assert LedgerEntry.objects.filter(reverses__key="fund:1").get().key == "undo:1"


@pytest.mark.parametrize(
    ("legs", "currency"),
    [
        ([], "usd"),
        ([("client_prepaid", "org:1", 5)], "usd"),
        ([("client_prepaid", "org:1", 5), ("clearing_charge", "platform", -4)], "usd"),
        ([("client_prepaid", "org:1", 0), ("clearing_charge", "platform", 0)], "usd"),
        ([("client_prepaid", "org:1", 5), ("clearing_charge", "platform", -5)], "xxx"),
        ([("client_prepaid", "project:1", 5), ("clearing_charge", "platform", -5)], "usd"),
        ([("petty_cash", "org:1", 5), ("clearing_charge", "platform", -5)], "usd"),
    ],
)
def test_a_wrong_posting_is_a_bug(legs, currency):
    with pytest.raises(ValueError, match="do not balance|No account|no account"):
        Posting("k", "k", legs, currency)


def test_fractions_are_a_bug():
    with pytest.raises(TypeError):
        Posting(
            "k",
            "k",
            [("client_prepaid", "org:1", 5.0), ("clearing_charge", "platform", -5.0)],
            "usd",
        )


@pytest.mark.parametrize("entries", [1, 100])
def test_a_call_costs_the_same_few_statements_however_many_entries(entries):
    post([charge("fund:0", 1)], by=BY)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        post([charge(f"fund:x{i}", 10) for i in range(entries)], by=BY)
    assert len(seen) == 2  # lock, insert
    with CaptureQueriesContext(connection) as seen:
        assert post([charge(f"fund:x{i}", 10) for i in range(entries)], by=BY) == 0
    assert len(seen) == 3  # a replay is looked at
    with CaptureQueriesContext(connection) as seen:
        post([charge(f"fund:y{i}", 10, f"org:{i + 2}") for i in range(entries)], by=BY)
    assert len(seen) == 4  # and twice for accounts that are new


@pytest.mark.django_db(transaction=True)
def test_money_moves_only_inside_a_transaction():
    with pytest.raises(RuntimeError):
        post([charge("fund:a", 700)], by=BY)
    with transaction.atomic():
        post([charge("fund:a", 700)], by=BY)
    assert LedgerLeg.objects.count() == 2
