"""A wake-up never holds up whoever promised the job, however the broker behaves."""

import contextlib
import socket
import threading
import time

import pytest
from celery import Celery
from django.db import transaction

from marketplace.core import outbox
from marketplace.core.models import OutboxMessage
from marketplace.core.nudger import Nudger


@pytest.fixture
def half_open(monkeypatch):
    """The address of a broker that accepts connections and never says a word."""
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)  # Celery lets it win over `broker=`
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def ended_within(seconds, work):
    """Whether `work` ended in that time, well or not; it goes on in its thread otherwise."""

    def quietly():
        with contextlib.suppress(Exception):
            work()

    thread = threading.Thread(target=quietly, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def silent_broker(url):
    app = Celery("half-open", broker=url, set_as_current=False)
    app.conf.update(
        broker_transport_options={"socket_timeout": 30, "socket_connect_timeout": 30},
        task_publish_retry=False,
    )
    return app


def test_control_a_publisher_hangs_on_a_half_open_broker(half_open):
    app = silent_broker(half_open)
    assert not ended_within(1.0, lambda: app.send_task("core.run_job", args=[1], retry=False))


@pytest.mark.django_db(transaction=True)
def test_a_commit_does_not_wait_for_a_half_open_broker(half_open, echo, monkeypatch):
    app = silent_broker(half_open)
    entered, ended = threading.Event(), threading.Event()

    def publish(_job, pk):
        entered.set()
        app.send_task("core.run_job", args=[pk], retry=False)
        ended.set()

    nudger = Nudger(publish)
    monkeypatch.setattr(outbox, "_nudger", nudger)
    waited = []
    for word in ("a", "b", "c"):
        with transaction.atomic():
            outbox.enqueue("core.echo", word=word)
            began = time.monotonic()
        waited.append(time.monotonic() - began)
    assert entered.wait(5), "the thread never tried to publish"
    assert nudger._thread.is_alive()
    assert not ended.wait(1.0)
    assert OutboxMessage.objects.count() == 3
    assert len(outbox.due()) == 3
    # the control above hangs for more than 1 s on the same broker; three commits are far from it
    assert sum(waited) < 1.0


def test_what_does_not_fit_is_dropped_at_once():
    """The thread is stuck with the first; two wait; the others go."""
    stuck, entered, sent = threading.Event(), threading.Event(), []

    def publish(_job, pk):
        entered.set()
        stuck.wait(20)
        sent.append(pk)

    nudger = Nudger(publish, room=2)
    nudger.offer("core.echo", 1)
    assert entered.wait(5)
    assert ended_within(5, lambda: [nudger.offer("core.echo", pk) for pk in range(2, 50)])
    stuck.set()
    deadline = time.monotonic() + 5
    while len(sent) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sent == [1, 2, 3]


def test_a_broken_broker_does_not_end_the_thread():
    sent = []

    def publish(_job, pk):
        if pk == 1:
            raise OSError("refused")
        sent.append(pk)

    nudger = Nudger(publish)
    nudger.offer("core.echo", 1)
    nudger.offer("core.echo", 2)
    deadline = time.monotonic() + 5
    while not sent and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sent == [2]


def test_a_forked_child_begins_anew():
    nudger = Nudger(lambda *_: None)
    nudger.offer("core.echo", 1)
    before = nudger._thread
    nudger._lock.acquire()  # as if the fork had come in the middle of a start
    nudger.reset()
    assert nudger._thread is None
    assert ended_within(5, lambda: nudger.offer("core.echo", 2))
    assert nudger._thread is not before
