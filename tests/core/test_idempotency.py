"""Idempotency-Key: the same key, the same answer, one effect."""

import datetime as dt
import json

import pytest
from django.db import connection, transaction

from marketplace.core import clock, outbox
from marketplace.core.api import bodies, idempotency
from marketplace.core.models import AuditEntry, IdempotencyKey, OutboxMessage
from tests.core import urls
from tests.support.races import Gate, times, values

BODY = {"name": "a"}


def post(call, once, body=BODY, path="/api/v1/things", **options):
    return call("POST", path, body, **{"Idempotency-Key": once}, **options)


def made():
    return AuditEntry.objects.filter(verb="made").count()


@pytest.mark.django_db
def test_the_reply_is_replayed_byte_for_byte_and_nothing_is_done_again(call):
    first, second = post(call, "one"), post(call, "one")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first["Content-Type"] == second["Content-Type"] == "application/json"
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert made() == 1


@pytest.mark.django_db
def test_without_a_key_both_have_an_effect(call):
    call("POST", "/api/v1/things", BODY)
    call("POST", "/api/v1/things", BODY)
    assert made() == 2
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["body", "path", "kind"])
def test_another_request_under_the_key_is_a_422(call, change):
    post(call, "one")
    other = {
        "body": {"body": {"name": "b"}},
        "path": {"path": "/api/v1/things?x=1"},
        "kind": {"kind": "application/json; charset=utf-8"},
    }[change]
    answer = post(call, "one", **other)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert made() == 1


@pytest.mark.django_db
def test_the_key_belongs_to_the_actor(call):
    post(call, "one")
    other = post(call, "one", key="k2 things:write")
    assert other.status_code == 201
    assert "Idempotent-Replayed" not in other
    assert made() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "sp\x7face", "ümlaut"])
def test_bad_keys(call, key):
    answer = post(call, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_query")


@pytest.mark.django_db
def test_a_refusal_takes_its_writes_back_but_is_stored(call):
    first = post(call, "one", path="/api/v1/trouble/refused")
    second = post(call, "one", path="/api/v1/trouble/refused")
    assert (first.status_code, second.status_code) == (409, 409)
    assert first.content == second.content
    assert second["Content-Type"] == "application/problem+json"
    assert second["Idempotent-Replayed"] == "true"
    assert made() == 0


@pytest.mark.django_db
def test_an_invalid_body_is_stored_too(call):
    post(call, "one", {"name": 1})
    second = post(call, "one", {"name": 1})
    assert (second.status_code, second["Idempotent-Replayed"]) == (422, "true")


@pytest.mark.django_db
def test_a_fault_is_not_stored_and_leaves_nothing(call):
    for _ in range(2):
        answer = post(call, "one", path="/api/v1/trouble/boom")
        assert answer.status_code == 500
        assert "Idempotent-Replayed" not in answer
    assert made() == 0
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db
def test_a_large_streamed_body_is_read_once_and_compared(call):
    raw = b"".join(b'{"n": %d, "text": "%s"}\n' % (n, b"x" * 500) for n in range(3000))
    assert len(raw) > bodies.IN_MEMORY
    options = {"path": "/api/v1/lines", "kind": "application/x-ndjson"}
    first = post(call, "big", raw, **options)
    assert len(first.json()["lines"]) == 3000
    assert post(call, "big", raw, **options).content == first.content
    assert post(call, "big", raw + b"1\n", **options).status_code == 422


@pytest.mark.django_db
def test_a_key_is_forgotten_after_30_days(call):
    post(call, "one")
    clock.advance(dt.timedelta(days=29, hours=23))
    assert post(call, "one")["Idempotent-Replayed"] == "true"
    clock.advance(dt.timedelta(hours=2))
    assert post(call, "one", {"name": "b"}).status_code == 201
    assert made() == 2
    assert post(call, "one", {"name": "b"})["Idempotent-Replayed"] == "true"


@pytest.mark.django_db
def test_the_sweep_deletes_old_keys_only(call):
    post(call, "old")
    clock.advance(dt.timedelta(days=20))
    post(call, "new")
    clock.advance(dt.timedelta(days=11))
    assert idempotency.purge() == 1
    assert [k.key for k in IdempotencyKey.objects.all()] == ["new"]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_concurrent_duplicates_one_is_done_and_the_others_wait(call, monkeypatch):
    """Eight at once: while the first is inside, the seven are told 409; later they get its reply."""
    gate = Gate(2, timeout=1.5)
    plain = urls.audit_in_transaction

    def slow(name, by):
        plain(name, by)
        gate.wait()  # nobody else comes here: the gate holds the transaction open for its timeout

    monkeypatch.setattr(urls, "audit_in_transaction", slow)
    answers = values(times(8, lambda: post(type(call)(), "one")))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 7
    refused = next(a for a in answers if a.status_code == 409)
    assert refused.json()["code"] == "in_flight"
    assert refused["Retry-After"] == "1"
    assert made() == 1
    assert post(call, "one")["Idempotent-Replayed"] == "true"


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_control_without_the_key_concurrent_duplicates_have_two_effects(call):
    answers = values(times(2, lambda: type(call)()("POST", "/api/v1/things", BODY)))
    assert [a.status_code for a in answers] == [201, 201]
    assert made() == 2


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_concurrent_duplicates_have_two_effects(call, monkeypatch):
    """The stored reply alone does not do it: both look before either has written."""
    gate = Gate(2)
    plain = urls.audit_in_transaction

    def together(name, by):
        gate.wait()
        plain(name, by)

    monkeypatch.setattr(urls, "audit_in_transaction", together)
    monkeypatch.setattr(idempotency, "_lock", lambda *_: None)
    answers = values(times(2, lambda: post(type(call)(), "one")))
    assert [a.status_code for a in answers] == [201, 201]
    assert made() == 2


@pytest.mark.django_db(transaction=True)
def test_a_request_that_died_leaves_nothing_in_flight(call):
    """Its connection is gone, and with it the lock."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            with transaction.atomic():
                pass
            number = lock_number("api_key:k1", "one")
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
            assert cursor.fetchone() == (True,)
        assert post(call, "one").status_code == 409
    finally:
        other.close()
    assert post(call, "one").status_code == 201


def lock_number(scope, key):
    """The number that the module locks; read from its own statement."""
    seen = []

    def spy(execute, sql, params, many, context):
        if "advisory" in sql:
            seen.extend(params)
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(spy):
        idempotency._lock(scope, key)
    return seen[0]


@pytest.mark.django_db(transaction=True)
def test_promised_jobs_commit_with_the_stored_reply(call, echo, monkeypatch):
    def promise(name, by):
        with transaction.atomic():
            outbox.enqueue("core.echo", word=name)

    monkeypatch.setattr(urls, "audit_in_transaction", promise)
    post(call, "one")
    post(call, "one")
    assert [m.args for m in OutboxMessage.objects.all()] == [{"word": "a"}]
    stored = IdempotencyKey.objects.get()
    assert json.loads(bytes(stored.body))["said"]["name"] == "a"
