"""The outbox: the row is the job, and it remains until the job's own transaction has committed."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.utils.module_loading import import_string

from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor, ActorKind, job
from marketplace.core.models import AuditEntry, OutboxMessage
from marketplace.core.registry import JOBS, Job
from tests.support.races import Gate, at_once, times, values

STAFF = Actor(ActorKind.STAFF, "7")


def promise(name="core.echo", **args):
    with transaction.atomic():
        outbox.enqueue(name, **args)
    return OutboxMessage.objects.latest("pk")


def register(monkeypatch, name, run, remote=False):
    monkeypatch.setitem(JOBS, name, Job(name, run, "fast", remote))


def attempt(pk):
    """One wake-up, as a worker would answer it; False if there was nothing to do."""
    row = outbox.take(pk)
    if row is not None:
        outbox.run(row)
    return row is not None


def make_due(row):
    OutboxMessage.objects.filter(pk=row.pk).update(due_at=clock.Now())


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    """No wake-ups: these tests are the worker."""
    monkeypatch.setattr(outbox._nudger, "offer", lambda *_: None)


@pytest.mark.django_db(transaction=True)
def test_a_promise_is_kept_once_and_its_row_goes(echo):
    row = promise(word="a")
    taken = outbox.take(row.pk)
    assert taken.attempts == 1
    assert outbox.take(row.pk) is None
    outbox.run(taken)
    outbox.run(taken)
    assert echo == [{"word": "a"}]
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_promise_needs_a_transaction_and_a_known_job(echo):
    with pytest.raises(RuntimeError, match="in the transaction"):
        outbox.enqueue("core.echo")
    with pytest.raises(LookupError, match="core\\.unknown"), transaction.atomic():
        outbox.enqueue("core.unknown")
    with pytest.raises(LookupError), transaction.atomic():
        outbox.emit("core.nothing_happened")
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rollback_takes_the_promise_and_its_wake_up_back(echo, monkeypatch):
    nudged = []
    monkeypatch.setattr(outbox._nudger, "offer", lambda *args: nudged.append(args))
    with transaction.atomic():
        outbox.enqueue("core.echo", word="a")
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()
    assert nudged == []
    row = promise(word="b")
    assert nudged == [("core.echo", row.pk)]


@pytest.mark.django_db(transaction=True)
def test_an_event_becomes_one_job_for_each_subscription(echo, monkeypatch, settings):
    table = {"core.happened": ("core.echo", "core.echo")}
    monkeypatch.setattr("marketplace.subscriptions.SUBSCRIPTIONS", table)
    settings.SUBSCRIPTIONS = "marketplace.subscriptions.SUBSCRIPTIONS"
    assert import_string(settings.SUBSCRIPTIONS) is table
    with transaction.atomic():
        outbox.emit("core.happened", word="x")
    assert [(m.job, m.args) for m in OutboxMessage.objects.all()] == [
        ("core.echo", {"word": "x"})
    ] * 2


@pytest.mark.django_db(transaction=True)
def test_a_delayed_job_waits_for_its_time(echo):
    with transaction.atomic():
        outbox.enqueue("core.echo", delay=dt.timedelta(days=7), word="later")
    row = OutboxMessage.objects.get()
    assert outbox.due() == []
    assert outbox.take(row.pk) is None
    clock.advance(dt.timedelta(days=7))
    assert outbox.due() == [(row.pk, "core.echo")]
    assert attempt(row.pk)
    assert echo == [{"word": "later"}]


@pytest.mark.django_db(transaction=True)
def test_the_attempt_is_committed_before_the_work(monkeypatch):
    """Seen from another connection while the job runs: a crash now would count."""
    seen = []

    def look():
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT attempts FROM core_outboxmessage")
                seen.append(cursor.fetchone()[0])
        finally:
            other.close()

    register(monkeypatch, "core.look", look)
    assert attempt(promise("core.look").pk)
    assert seen == [1]


@pytest.mark.django_db(transaction=True)
def test_a_failing_job_leaves_nothing_and_is_dead_after_exactly_eight_attempts(monkeypatch):
    runs = []

    def fail():
        runs.append(1)
        audit.record("half_done", "thing:1", by=job("core.fail"))
        raise ValueError("no\x00good")

    register(monkeypatch, "core.fail", fail)
    row = promise("core.fail")
    waits = []
    while attempt(row.pk):
        row.refresh_from_db()
        waits.append((row.due_at - clock.now()).total_seconds())
        make_due(row)
    row.refresh_from_db()
    assert len(runs) == 8
    assert (row.state, row.attempts, row.last_error) == ("dead", 8, "ValueError: nogood")
    assert all(0 < wait <= 2 ** min(n, 8) for n, wait in enumerate(waits, start=1))
    assert not AuditEntry.objects.filter(verb="half_done").exists()
    assert outbox.due() == []


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_workers_all_died_is_dead_too(echo):
    """Nobody lived to put the row back: each attempt only ends with its lease."""
    row = promise(word="a")
    for n in range(1, 9):
        assert outbox.take(row.pk).attempts == n
        assert outbox.take(row.pk) is None
        clock.advance(outbox.LEASE)
    assert outbox.take(row.pk) is None
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("dead", 8)
    assert echo == []


@pytest.mark.django_db(transaction=True)
def test_a_poison_row_delays_no_other(echo, monkeypatch):
    register(monkeypatch, "core.fail", lambda: 1 / 0)
    poison, good = promise("core.fail"), promise(word="good")
    assert outbox.due() == [(poison.pk, "core.fail"), (good.pk, "core.echo")]
    attempt(poison.pk)
    attempt(good.pk)
    assert echo == [{"word": "good"}]
    assert OutboxMessage.objects.get() == poison


@pytest.mark.django_db(transaction=True)
def test_a_row_of_an_unknown_job_waits_for_the_code_that_knows_it(echo, monkeypatch):
    row = promise(word="a")
    known = JOBS["core.echo"]
    monkeypatch.delitem(JOBS, "core.echo")
    assert outbox.due() == [(row.pk, "core.echo")]
    assert attempt(row.pk)
    row.refresh_from_db()
    assert (row.state, row.last_error) == ("pending", "KeyError: 'core.echo'")
    monkeypatch.setitem(JOBS, "core.echo", known)
    make_due(row)
    assert attempt(row.pk)
    assert echo == [{"word": "a"}]


@pytest.mark.django_db(transaction=True)
def test_a_remote_job_runs_outside_a_transaction(monkeypatch):
    inside = []
    register(
        monkeypatch, "core.call", lambda: inside.append(connection.in_atomic_block), remote=True
    )
    register(monkeypatch, "core.write", lambda: inside.append(connection.in_atomic_block))
    attempt(promise("core.call").pk)
    attempt(promise("core.write").pk)
    assert inside == [False, True]
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_sweep_finds_rows_again_after_a_while(echo):
    row = promise(word="a")
    assert outbox.due() == [(row.pk, "core.echo")]
    assert outbox.due() == []
    clock.advance(outbox.RENUDGE)
    assert outbox.due() == [(row.pk, "core.echo")]


@pytest.mark.django_db(transaction=True)
def test_revived_rows_have_eight_attempts_again(echo):
    row = promise(word="a")
    assert outbox.revive(row.pk, by=STAFF) == 0
    OutboxMessage.objects.update(state="dead", attempts=8)
    assert outbox.revive(row.pk, by=STAFF) == 1
    assert attempt(row.pk)
    assert echo == [{"word": "a"}]
    entry = AuditEntry.objects.get(verb="revived_job")
    assert (entry.actor, entry.subject) == ("staff:7", f"outboxmessage:{row.pk}")


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_sixteen_wake_ups_at_once_one_does_the_job(echo):
    row = promise(word="a")
    taken = values(times(16, lambda: attempt(row.pk)))
    assert sorted(taken) == [False] * 15 + [True]
    assert echo == [{"word": "a"}]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_a_late_attempt_steps_back_for_the_one_that_took_its_row(echo):
    """The first worker stalls past its lease before it starts: the second does the job, alone."""
    row = promise(word="a")
    first = outbox.take(row.pk)
    clock.advance(outbox.LEASE)
    second = outbox.take(row.pk)
    values(at_once(lambda: outbox.run(first), lambda: outbox.run(second)))
    assert echo == [{"word": "a"}]
    assert not OutboxMessage.objects.exists()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_control_without_the_look_at_the_row_a_late_attempt_doubles_the_job(echo, monkeypatch):
    gate = Gate(2)
    monkeypatch.setattr(outbox, "_struck_off", lambda _row: gate.wait() or True)
    row = promise(word="a")
    first = outbox.take(row.pk)
    clock.advance(outbox.LEASE)
    second = outbox.take(row.pk)
    values(at_once(lambda: outbox.run(first), lambda: outbox.run(second)))
    assert echo == [{"word": "a"}, {"word": "a"}]


@pytest.mark.django_db(transaction=True)
def test_a_job_carries_the_id_of_the_request_that_promised_it(call, echo, monkeypatch):
    def note(word):
        audit.record("noted", f"thing:{word}", by=job("core.echo"))

    register(monkeypatch, "core.echo", note)
    answer = call("GET", "/page/promise")
    row = OutboxMessage.objects.get()
    assert row.request_id == answer["X-Request-Id"]
    assert attempt(row.pk)
    assert AuditEntry.objects.get(verb="noted").request_id == answer["X-Request-Id"]
