"""What a hand with SQL access cannot do: PostgreSQL itself refuses."""

import pytest
from django.db import DatabaseError, connection, transaction

from payments.models import LedgerAccount, LedgerEntry, LedgerLeg
from tests.support.factories_payments import deposit, organization

ENTRY = "INSERT INTO payments_ledgerentry (key, kind, data) VALUES ('forged', 'forged', '{}') RETURNING id"
LEGS = "INSERT INTO payments_ledgerleg (entry_id, account_id, currency, amount) VALUES "
ACCOUNT = (
    "INSERT INTO payments_ledgeraccount "
    "(kind, owner_key, currency, min_balance, tracked, balance, version) VALUES "
)
NEW_ENTRY = (
    f"WITH e AS ({ENTRY}) INSERT INTO payments_ledgerleg (entry_id, account_id, currency, amount) "
)


@pytest.fixture
def books(transactional_db):
    org = organization().pk
    deposit(org, 1000)
    return {
        "purse": LedgerAccount.objects.get(kind="client_prepaid").pk,
        "clearing": LedgerAccount.objects.get(kind="clearing_charge").pk,
        "entry": LedgerEntry.objects.get().pk,
    }


def state():
    return (
        list(LedgerAccount.objects.order_by("id").values_list("kind", "balance", "version")),
        list(LedgerEntry.objects.values_list("key", "data")),
        list(LedgerLeg.objects.order_by("id").values_list("account", "amount")),
    )


ATTACKS = {
    "unbalanced": (
        NEW_ENTRY
        + "SELECT id, {purse}, 'usd', 5 FROM e UNION ALL SELECT id, {clearing}, 'usd', -4 FROM e",
        "does not balance",
    ),
    "one leg": (NEW_ENTRY + "SELECT id, {purse}, 'usd', 5 FROM e", "does not balance"),
    "no legs at commit": (ENTRY, "has no legs"),
    "overdraft": (
        NEW_ENTRY
        + "SELECT id, {purse}, 'usd', -1001 FROM e UNION ALL SELECT id, {clearing}, 'usd', 1001 FROM e",
        "payments_not_overdrawn",
    ),
    "update an entry": ("UPDATE payments_ledgerentry SET kind = 'other'", "append-only"),
    "update a leg": ("UPDATE payments_ledgerleg SET amount = amount * 2", "append-only"),
    "delete a leg": ("DELETE FROM payments_ledgerleg", "append-only"),
    "delete an entry": ("DELETE FROM payments_ledgerentry", "append-only"),
    "truncate": ("TRUNCATE payments_ledgerleg, payments_ledgerentry CASCADE", "append-only"),
    "truncate accounts": ("TRUNCATE payments_ledgeraccount CASCADE", "append-only"),
    "set a balance by hand": (
        "UPDATE payments_ledgeraccount SET balance = 9 WHERE id = {purse}",
        "by legs only",
    ),
    "open an account with money in it": (
        ACCOUNT + "('annotator_payable', 'annotator:me', 'usd', 0, true, 1000, 0)",
        "opened empty",
    ),
    "open a purse that may be overdrawn": (
        ACCOUNT + "('annotator_payable', 'annotator:me', 'usd', NULL, true, 0, 0)",
        "payments_account_charted",
    ),
    "delete an account": ("DELETE FROM payments_ledgeraccount WHERE id = {purse}", "never deleted"),
    "a leg into a sealed entry": (
        LEGS + "({entry}, {purse}, 'usd', 5), ({entry}, {clearing}, 'usd', -5)",
        "is sealed",
    ),
    "a wrong currency": (
        NEW_ENTRY
        + "SELECT id, {purse}, 'eur', 5 FROM e UNION ALL SELECT id, {clearing}, 'eur', -5 FROM e",
        "a eur leg on a usd account",
    ),
    "switch the guards off for the session": (
        (
            "SET LOCAL pgtrigger.ignore = '{{payments_frozen,payments_account_guard}}'; "
            "UPDATE payments_ledgeraccount SET balance = 9"
        ),
        "by legs only",
    ),
    "change whose an account is": (
        "UPDATE payments_ledgeraccount SET owner_key = 'org:me' WHERE id = {purse}",
        "identity of a ledger account is fixed",
    ),
    "lift the floor": (
        "UPDATE payments_ledgeraccount SET min_balance = NULL WHERE id = {purse}",
        "identity of a ledger account is fixed",
    ),
    "book a key twice": (
        ENTRY.replace("'forged', 'forged'", "(SELECT key FROM payments_ledgerentry), 'x'"),
        "unique",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_postgresql_refuses(books, attack):
    """Scenario 33: what raw SQL tries to change, delete or unbalance is refused."""
    sql, words = ATTACKS[attack]
    before = state()
    with (
        pytest.raises(DatabaseError, match=words),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.replace("'{}'", "'{{}}'").format(**books))
    assert state() == before


def test_the_same_shapes_are_accepted_when_they_are_right(books):
    """The control: a balanced entry in one statement, by hand, is booked."""
    sql = (
        NEW_ENTRY
        + "SELECT id, {purse}, 'usd', -5 FROM e UNION ALL SELECT id, {clearing}, 'usd', 5 FROM e"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.replace("'{}'", "'{{}}'").format(**books))
    assert LedgerAccount.objects.get(pk=books["purse"]).balance == 995
