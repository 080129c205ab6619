"""A real Celery worker is killed and its broker emptied in mid-work: nothing is lost, nothing done
twice.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest
import redis
from django.db import connection, transaction

from marketplace.core import clock, outbox
from marketplace.core.models import AuditEntry, OutboxMessage
from marketplace.core.registry import JOBS, Job

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


class Workers:
    """Worker and beat in one process group, so that one kill takes them all."""

    def __init__(self, home):
        self.home, self.process = home, None

    def start(self):
        command = [sys.executable, "-m", "celery", "-A", "marketplace", "worker", "-B"]
        options = ["-s", str(self.home / "beat"), "-c", "2", "-Q", "fast,slow", "-l", "error"]
        with (self.home / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *options, "--without-gossip", "--without-mingle"],
                env=environment(self.home),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def log(self):
        return (self.home / "worker.log").read_text()[-1500:]


@pytest.fixture
def workers(tmp_path):
    found = Workers(tmp_path)
    yield found
    if found.process is not None and found.process.poll() is None:
        found.kill()


def done():
    return AuditEntry.objects.filter(verb="probed").count()


def wait_for(reached, workers, seconds=90):
    deadline = time.monotonic() + seconds
    while not reached():
        assert workers.process.poll() is None, workers.log()
        assert time.monotonic() < deadline, f"{done()} done\n{workers.log()}"
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_killed_workers_and_an_emptied_broker_lose_and_double_nothing(workers, monkeypatch):
    monkeypatch.setitem(JOBS, "probe.slow", Job("probe.slow", lambda n: None, "fast", False))
    monkeypatch.setattr(outbox._nudger, "offer", lambda *_: None)
    flush()
    with transaction.atomic():
        for n in range(JOBS_PROMISED):
            outbox.enqueue("probe.slow", n=n)

    workers.start()
    wait_for(lambda: done() >= 8, workers)
    workers.kill()
    flush()
    survivors = OutboxMessage.objects.count()
    assert 0 < survivors < JOBS_PROMISED
    assert done() == JOBS_PROMISED - survivors, "a row goes with its job's writes, or neither"

    clock.advance(outbox.LEASE)  # what the dead held is free again
    workers.start()
    wait_for(lambda: done() >= JOBS_PROMISED - survivors + 8, workers)
    flush()
    clock.advance(outbox.RENUDGE)  # the sweep wakes again what it woke before the flush
    wait_for(lambda: not OutboxMessage.objects.exists(), workers)
    workers.kill()

    subjects = Counter(AuditEntry.objects.filter(verb="probed").values_list("subject", flat=True))
    assert subjects == Counter(f"probe:{n}" for n in range(JOBS_PROMISED))
