"""The process group: logs, ports, the kill drill, and no survivor."""

import os
import signal
import socket
import sys
import time

import pytest

from marketplace.devservers import ServersError, ports
from marketplace.devservers.supervisor import ProcessGroup
from tests.devservers.support import eventually, owner, processes_naming

SERVER = "import http.server, sys; http.server.test(port=int(sys.argv[1]), bind='127.0.0.1')"


@pytest.fixture
def group(tmp_path):
    with ProcessGroup(tmp_path / "log", stop_seconds=1) as running:
        yield running


def test_starts_logs_and_stops(group):
    port = ports.free_port()
    group.start("web", [sys.executable, "-u", "-c", SERVER, str(port)])
    group.wait_for_port("web", port)
    assert "Serving HTTP" in group.log_path("web").read_text()
    assert group.stop("web") == -signal.SIGTERM
    assert not ports.listens(port)


def test_kill_9_and_restart_by_name(group):
    port = ports.free_port()
    group.start("web", [sys.executable, "-c", SERVER, str(port)])
    group.wait_for_port("web", port)
    first = group.pid("web")
    group.kill("web")
    assert not ports.listens(port)
    group.restart("web")
    group.wait_for_port("web", port)
    assert group.pid("web") != first


def test_a_process_that_ends_is_seen_with_its_code(group):
    group.start("short", [sys.executable, "-c", "raise SystemExit(7)"])
    assert group.wait() == {"short": 7}


def test_waiting_for_a_dead_process_says_its_last_words(group):
    group.start("web", [sys.executable, "-c", "raise SystemExit('no such table')"])
    with pytest.raises(ServersError, match="web did not start. It said last:\nno such table"):
        group.wait_for_port("web", ports.free_port())


def test_a_port_that_never_opens_is_said_in_time(group):
    group.start("web", [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(ServersError, match="web does not answer on 127.0.0.1:.* after 0 seconds"):
        group.wait_for_port("web", ports.free_port(), seconds=0.2)


def test_a_stubborn_process_and_its_children_are_stopped(group):
    stubborn = "import os, signal, time; signal.signal(15, signal.SIG_IGN); os.fork(); print(flush=True); time.sleep(600)"
    group.start("stubborn", [sys.executable, "-c", stubborn, str(group.log_folder)])
    assert eventually(lambda: len(group.log_path("stubborn").read_text()) == 2)
    started = time.monotonic()
    group.stop_all()
    assert time.monotonic() - started < 5
    assert eventually(lambda: not processes_naming(str(group.log_folder)), 2)


def test_kill_9_of_the_owner_leaves_nothing(tmp_path):
    folder = str(tmp_path / "log")
    with owner("tests.devservers.group_owner", tmp_path / "log") as process:
        assert eventually(
            lambda: len(processes_naming(folder)) == 3
        )  # the owner, the child, its fork
        process.kill()
        process.wait()
        assert eventually(lambda: processes_naming(folder) == {}, 5)


def test_a_busy_port_is_one_sentence():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(ServersError) as refusal:
            ports.require_free(port, advice="set PORT to another one")
    assert str(refusal.value) == (
        f"Port {port} on 127.0.0.1 is not free (Address already in use): end the program that "
        "uses it, or set PORT to another one."
    )
    ports.require_free(port)


def test_a_name_is_used_once_and_the_group_must_be_entered(group, tmp_path):
    group.start("one", [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(ValueError, match="one"):
        group.start("one", [sys.executable, "-c", ""])
    with pytest.raises(ValueError, match="not entered"):
        ProcessGroup(tmp_path).start("one", [sys.executable, "-c", ""])
    assert os.getpgid(group.pid("one")) == group.pid("one")
