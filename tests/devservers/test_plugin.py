"""A test run brings its own servers and leaves nothing, however it ends."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import plugin_servers
from tests.devservers.support import REPOSITORY, eventually
from tests.plugin_servers import TOKEN_NAME, _processes

# Without Django, which takes seconds to load and no part in it.
PLAIN = ("-o", "addopts=-p no:valkey -p no:django -p tests.plugin_servers")
SLEEPER = """
import os, subprocess, sys, time
def test_sleeps():
    child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"], start_new_session=True)
    with open(os.environ["NOTE"] + os.environ.get("PYTEST_XDIST_WORKER", ""), "w") as note:
        note.write(f"{child.pid} {os.environ['DATABASE_URL']} {os.environ['REDIS_URL']}\\n")
    time.sleep(float(os.environ["SECONDS"]))
"""


@contextmanager
def run_inner(
    tmp_path: Path, seconds: float, *words: str, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A test run inside this one, of one test that starts a stubborn process."""
    (tmp_path / "test_inner.py").write_text(SLEEPER)
    kept = {n: v for n, v in os.environ.items() if n in {"PATH", "HOME", TOKEN_NAME}}
    asked = {"NOTE": str(tmp_path / "note"), "SECONDS": str(seconds), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "no:cacheprovider"]
    command += ["-p", "no:unraisableexception"]  # the test leaves its child running on purpose
    with (
        (tmp_path / "output").open("wb") as output,
        subprocess.Popen(
            [*command, *words, "--rootdir", tmp_path, tmp_path / "test_inner.py"],
            cwd=REPOSITORY, env=kept | asked | more, stdout=output, stderr=output,
        ) as run,
    ):  # fmt: skip
        try:
            yield run
        finally:
            run.kill()


def noted(tmp_path: Path, process: str = "") -> tuple[int, str, Path]:
    note = tmp_path / f"note{process}"
    written = eventually(lambda: note.exists() and note.read_text().endswith("\n"), 120)
    assert written, (tmp_path / "output").read_text()
    child, database, redis = note.read_text().split()
    return int(child), database, Path(redis.removeprefix("unix://")).parents[1]


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


@pytest.mark.parametrize(
    ("end", "processes"), [("kill", "0"), ("terminate", "0"), ("kill", "1"), ("terminate", "1")]
)
def test_a_killed_run_leaves_no_process_and_no_file(tmp_path, end, processes):
    """With `-n` it is the leader that is killed: the process of the test ends with it."""
    with run_inner(tmp_path, 600, *PLAIN, "-n", processes) as run:
        child, _, root = noted(tmp_path, "" if processes == "0" else "gw0")
        assert root.exists()
        server = int((root / "pg" / "postmaster.pid").read_text().split()[0])
        assert alive(child)
        assert alive(server)
        getattr(run, end)()
    assert eventually(lambda: not alive(child) and not alive(server) and not root.exists())


def test_a_run_that_ends_well_leaves_nothing_either(tmp_path):
    with run_inner(tmp_path, 0) as run:
        child, _, root = noted(tmp_path)
        assert run.wait(60) == 0
    assert not alive(child)
    assert not root.exists()


def test_each_process_of_a_run_has_servers_of_its_own(tmp_path):
    with run_inner(tmp_path, 0, *PLAIN, "-n", "2", "--dist", "each") as run:
        ours, theirs = noted(tmp_path, "gw0"), noted(tmp_path, "gw1")
        assert run.wait(60) == 0
    assert ours[1] != theirs[1]
    assert ours[2] != theirs[2]
    for child, _, root in (ours, theirs):
        assert not alive(child)
        assert not root.exists()


ONE_CORE, EIGHT_CORES = {0}, set(range(8))


@pytest.mark.parametrize(
    ("cores", "more", "processes"),
    [
        (EIGHT_CORES, {}, 4),
        ({0, 3}, {}, 2),
        (EIGHT_CORES, {"file_or_dir": ["tests/core"]}, 4),
        (EIGHT_CORES, {"file_or_dir": [__file__, __file__]}, 4),
        (EIGHT_CORES, {"file_or_dir": [__file__]}, 0),
        (EIGHT_CORES, {"file_or_dir": [f"{__file__}::test_servers_can_be_given"]}, 0),
        (EIGHT_CORES, {"capture": "no"}, 0),
        (EIGHT_CORES, {"collectonly": True}, 0),
        (EIGHT_CORES, {"usepdb": True}, 0),
        (ONE_CORE, {}, 0),
    ],
)
def test_a_process_for_each_core_where_that_helps(monkeypatch, cores, more, processes):
    asked = {"file_or_dir": [], "capture": "fd", "collectonly": False, "usepdb": False}
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: cores, raising=False)
    monkeypatch.setattr(plugin_servers, "_given", dict)
    assert _processes(argparse.Namespace(**asked | more)) == processes


def test_given_servers_are_for_one_process(monkeypatch):
    options = argparse.Namespace(file_or_dir=[], capture="fd", collectonly=False, usepdb=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: EIGHT_CORES, raising=False)
    monkeypatch.setenv("TEST_REDIS_URL", "redis://127.0.0.1:1/0")
    assert _processes(options) == 0


def test_servers_can_be_given(tmp_path):
    given = os.environ["DATABASE_URL"]
    with run_inner(tmp_path, 0, *PLAIN, TEST_DATABASE_URL=given) as run:
        _, database, _ = noted(tmp_path)
        assert run.wait(60) == 0
    assert database == given
