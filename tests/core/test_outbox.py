"""The outbox: the row is the job."""

import pytest
from django.db import transaction

from marketplace.core import audit, outbox
from marketplace.core.actors import command
from marketplace.core.models import AuditEntry, OutboxMessage
from marketplace.core.registry import JOBS, Job


@pytest.fixture
def echo(monkeypatch):
    seen = []
    monkeypatch.setitem(
        JOBS, "core.echo", Job("core.echo", lambda **kw: seen.append(kw), "fast", False)
    )
    return seen


@pytest.mark.django_db(transaction=True)
def test_a_promise_is_kept_once_and_its_row_goes(echo):
    with transaction.atomic():
        outbox.enqueue("core.echo", word="a")
    row = OutboxMessage.objects.get()
    taken = outbox.take(row.pk)
    assert taken is not None and taken.attempts == 1
    assert outbox.take(row.pk) is None
    outbox.run(taken)
    outbox.run(taken)
    assert echo == [{"word": "a"}]
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_audit_is_append_only():
    audit.record("tried", "thing:1", by=command("test"))
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        AuditEntry.objects.update(verb="other")
