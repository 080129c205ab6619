"""The processes of a run: on free ports, and tended as a supervisor does."""

import os
import signal
import socket
import sys
import time
from contextlib import closing

import pytest

from marketplace.devservers import ports
from marketplace.devservers.errors import ServersError
from marketplace.devservers.supervisor import ProcessGroup
from marketplace.ops.stack import MOST_RESTARTS, Addresses, Stack, addresses

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
AT = Addresses("http://127.0.0.1:1", 1, "http://127.0.0.1:2", 2)


@pytest.fixture
def busy(monkeypatch):
    """A port that somebody else listens on, as WEB_PORT."""
    with closing(socket.socket()) as other:
        other.bind((ports.LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("WEB_PORT", str(port))
        monkeypatch.setenv("STRIPE_PORT", str(ports.free_port()))
        yield port


def test_a_busy_port_is_said_in_one_sentence(busy):
    with pytest.raises(
        ServersError, match=rf"Port {busy} on 127\.0\.0\.1 is not free .* set WEB_PORT"
    ):
        addresses()


def test_or_another_one_is_taken(busy):
    at = addresses(other_ports=True)
    assert at.web_port != busy
    assert at.stripe_port == int(os.environ["STRIPE_PORT"])
    assert at.environment() == {
        "WEB_PORT": str(at.web_port),
        "SITE_URL": f"http://127.0.0.1:{at.web_port}",
        "STRIPE_PORT": str(at.stripe_port),
        "STRIPE_API_BASE": f"http://127.0.0.1:{at.stripe_port}",
    }


def kill(group, name):
    """kill -9, and wait until the group knows."""
    os.kill(group.pid(name), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while name not in group.ended():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_killed_worker_comes_back_but_not_for_ever(tmp_path):
    with ProcessGroup(tmp_path) as group:
        stack = Stack(AT, group)
        group.start("worker", SLEEPER)
        group.start("beat", SLEEPER)
        beat = group.pid("beat")
        for number in range(MOST_RESTARTS):
            before = group.pid("worker")
            kill(group, "worker")
            stack.tend()
            assert group.pid("worker") != before
            assert stack.restarts == {"worker": number + 1}
        assert group.pid("beat") == beat
        kill(group, "worker")
        with pytest.raises(ServersError, match=r"worker ended with code -9: see .*worker\.log"):
            stack.tend()


def test_the_local_stripe_is_not_restarted(tmp_path):
    with ProcessGroup(tmp_path) as group:
        group.start("stripe", SLEEPER)
        kill(group, "stripe")
        with pytest.raises(ServersError, match="stripe ended with code -9"):
            Stack(AT, group).tend()
