"""The audit trail can be added to, and nothing else."""

import uuid

import pytest
import structlog
from django.db import DatabaseError, connection, transaction

from marketplace.core import audit
from marketplace.core.actors import Actor, ActorKind, command, job
from marketplace.core.models import AuditEntry, OutboxMessage

ORG = uuid.UUID(int=1)


@pytest.mark.django_db
def test_an_entry_says_who_what_when_and_why():
    row = OutboxMessage.objects.create(job="core.any")
    by = Actor(ActorKind.API_KEY, "k1", ORG)
    with structlog.contextvars.bound_contextvars(request_id="r" * 80):
        audit.record("tried", row, by=by, reason="because", amount_minor=5)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.organization, entry.verb) == ("api_key:k1", ORG, "tried")
    assert (entry.subject, entry.reason) == (f"outboxmessage:{row.pk}", "because")
    assert (entry.data, entry.request_id) == ({"amount_minor": 5}, "r" * 64)
    assert entry.at is not None


OLD = "pgtrigger_append_only_97da0,pgtrigger_no_truncate_5e0a6"
IGNORED = f"SET LOCAL pgtrigger.ignore = '{{{OLD},core_frozen,core_frozen_whole}}'; "


@pytest.mark.parametrize("first", ["", IGNORED])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE core_auditentry SET actor = 'staff:2'",
        "DELETE FROM core_auditentry",
        "TRUNCATE core_auditentry",
    ],
)
@pytest.mark.django_db
def test_postgresql_refuses_to_change_or_delete(first, sql):
    audit.record("tried", "thing:1", by=command("test"))
    refused = pytest.raises(DatabaseError, match="the audit trail is append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(first + sql)
    assert AuditEntry.objects.get().actor == "command:test"


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_written_in_the_transaction_of_its_act():
    with pytest.raises(RuntimeError, match="in the transaction"):
        audit.record("tried", "thing:1", by=job("core.any"))
    with transaction.atomic():
        audit.record("tried", "thing:1", by=job("core.any"))
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_the_history_triggers_are_told_the_act():
    with transaction.atomic(), connection.cursor() as cursor:
        audit.context("paid", by=command("test"))
        cursor.execute("SELECT current_setting('pghistory.context_metadata')::jsonb")
        assert cursor.fetchone()[0] == '{"verb": "paid", "actor": "command:test"}'
        cursor.execute("SELECT current_setting('pghistory.context_id')::uuid")
        assert cursor.fetchone()[0].version == 4
