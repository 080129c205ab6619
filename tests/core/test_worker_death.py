"""A real Celery worker is killed and its broker emptied in mid-work: nothing is lost, nothing done
twice.
"""

import os
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction

from marketplace.core import clock, outbox
from marketplace.core.models import AuditEntry, OutboxMessage
from marketplace.core.registry import JOBS, Job
from marketplace.devservers.supervisor import ProcessGroup

JOBS_PROMISED = 60
DATABASE_OF_ITS_OWN = 7  # the broker's: other tests' wake-ups do not come here, and are not flushed


def environment(home):
    """The worker's: this test's database, and a broker database that no other test uses."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(
        path=f"/{connection.settings_dict['NAME']}"
    )
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.core.probe.settings",
        "DATABASE_URL": database.geturl(),
        "CELERY_BROKER_URL": broker(),
        "LOCAL_DIR": str(home),
        "LOG_LEVEL": "ERROR",
    }


def broker():
    parts = urlsplit(os.environ["CELERY_BROKER_URL"])
    if parts.scheme == "redis+socket":
        return f"redis+socket://{parts.path}?virtual_host={DATABASE_OF_ITS_OWN}"
    return parts._replace(path=f"/{DATABASE_OF_ITS_OWN}").geturl()


def flush():
    """Empty the broker, as a restart without persistence would."""
    parts = urlsplit(os.environ["CELERY_BROKER_URL"])
    if parts.scheme == "redis+socket":
        server = redis.Redis(unix_socket_path=parts.path, db=DATABASE_OF_ITS_OWN)
    else:
        server = redis.Redis.from_url(broker())
    with server:
        server.flushdb()


COMMAND = [sys.executable, "-m", "celery", "-A", "marketplace", "worker", "-B", "-c", "2"]
OPTIONS = ["-Q", "fast,slow", "-l", "error", "--without-gossip", "--without-mingle"]


@pytest.fixture
def workers(tmp_path):
    """Worker and beat in one process group: one kill takes them all, and none outlives the test."""
    env = environment(tmp_path)
    with ProcessGroup(tmp_path / "logs", env=env, cwd=settings.BASE_DIR, stop_seconds=3) as group:
        yield group


def start(workers, home):
    workers.start("worker", [*COMMAND, *OPTIONS, "-s", home / "beat"])


def done():
    return AuditEntry.objects.filter(verb="probed").count()


def wait_for(reached, workers, seconds=90):
    deadline = time.monotonic() + seconds
    while not reached():
        log = workers.log_path("worker").read_text()[-1500:]
        assert workers.ended() == {}, log
        assert time.monotonic() < deadline, f"{done()} done\n{log}"
        time.sleep(0.05)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_killed_workers_and_an_emptied_broker_lose_and_double_nothing(
    workers, monkeypatch, tmp_path
):
    monkeypatch.setitem(JOBS, "probe.slow", Job("probe.slow", lambda n: None, "fast", False))
    monkeypatch.setattr(outbox._nudger, "offer", lambda *_: None)
    flush()
    with transaction.atomic():
        for n in range(JOBS_PROMISED):
            outbox.enqueue("probe.slow", n=n)

    start(workers, tmp_path)
    wait_for(lambda: done() >= 8, workers)
    workers.kill("worker")
    flush()
    survivors = OutboxMessage.objects.count()
    assert 0 < survivors < JOBS_PROMISED
    assert done() == JOBS_PROMISED - survivors, "a row goes with its job's writes, or neither"

    clock.advance(outbox.LEASE)  # what the dead held is free again
    start(workers, tmp_path)
    wait_for(lambda: done() >= JOBS_PROMISED - survivors + 8, workers)
    flush()
    clock.advance(outbox.RENUDGE)  # the sweep wakes again what it woke before the flush
    wait_for(lambda: not OutboxMessage.objects.exists(), workers)
    workers.kill("worker")

    subjects = Counter(AuditEntry.objects.filter(verb="probed").values_list("subject", flat=True))
    assert subjects == Counter(f"probe:{n}" for n in range(JOBS_PROMISED))
