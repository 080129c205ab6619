"""The demo as its readers run it: real processes, on embedded servers of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVERS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE")
PATIENCE = 480

pytestmark = pytest.mark.slow


@pytest.fixture
def local(tmp_path_factory):
    """The run's own folder."""
    return tmp_path_factory.mktemp("demo")


def start(local, *words, command="demo"):
    """Begin a command as make does, in a folder of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in SERVERS}
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), command, *words],
        env=kept | {"LOCAL_DIR": str(local)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ours(local):
    """The processes that were started for this folder, by what their environment says."""
    mark, found = f"LOCAL_DIR={local}\0".encode(), []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                alive = mark in (entry / "environ").read_bytes()
            except OSError:
                continue
            if alive and int(entry.name) != os.getpid():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" "))
    return found


def gone(local, seconds):
    """Whether all of them end by themselves within that time."""
    deadline = time.monotonic() + seconds
    while ours(local):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def test_it_adds_up_though_the_broker_forgets_and_the_worker_dies(local):
    report = local / "report.json"
    words = ["--tasks", "3", "--annotators", "8", "--chaos", "--report", str(report)]
    demo = start(local, *words)
    said, _ = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, said
    assert "Money and counts add up." in said
    found = json.loads(report.read_text())
    assert (found["tasks"], found["results"], found["expired"]) == (3, 3, 2)
    assert (found["claims_double"], found["ledger_sum"], found["audit_rows"]) == (0, 0, 0)
    assert found["paid_minor"] == found["stripe_paid_minor"] == found["expected_minor"] > 0
    assert found["accepted"] >= 9 + 2  # three answers a task, and the two that differ
    assert (found["contested"], found["adjudicated"] >= 1, found["lots"]) == (1, True, 1)
    assert found["gold_answers"] >= found["gold_tasks"] == 6
    assert found["appeals"] == (1 if found["rejected"] or found["appeals_won"] else 0)
    assert found["warranty"] in said
    assert (report.with_name("warranty.pdf")).read_bytes().startswith(b"%PDF-")
    roles = [one["role"] for one in json.loads((local / "demo" / "logins.json").read_text())]
    assert roles == ["admin", "reviewer", "annotator", "client"]
    assert gone(local, 10), ours(local)
    # the local Stripe remembers it all for `make up`
    assert (local / "stripe.json").stat().st_size > 1000
    # and what was left to do for whoever looks around keeps the books right, too
    audit = start(local, command="audit")
    said, _ = audit.communicate(timeout=PATIENCE)
    assert audit.returncode == 0, said


def test_nothing_stays_behind_when_it_is_killed(local):
    demo = start(local, "--tasks", "2", "--annotators", "8")
    lines = iter(demo.stdout.readline, "")
    assert any(line.startswith("Watch it at") for line in lines)
    assert len(ours(local)) > 5
    demo.send_signal(signal.SIGKILL)
    demo.wait()
    demo.stdout.close()
    assert gone(local, 40), ours(local)


def test_ctrl_c_stops_everything_without_a_traceback(local):
    demo = start(local, "--tasks", "2", "--annotators", "8")
    lines = iter(demo.stdout.readline, "")
    assert any(line.startswith("Watch it at") for line in lines)
    demo.send_signal(signal.SIGINT)
    said, _ = demo.communicate(timeout=PATIENCE)
    assert (demo.returncode, said.splitlines()[-1]) == (130, "CommandError: Stopped."), said
    assert "Traceback" not in said
    assert gone(local, 10), ours(local)


def test_what_is_wrong_with_a_file_is_said_in_one_sentence(local):
    bad = local / "bad.jsonl"
    bad.write_text('{"id": "1"}\nnot json\n')
    demo = start(local, "--data", str(bad), "--interface", "docs/examples/interfaces/pubmedqa.json")
    said, _ = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 1
    assert f"{bad}, line 2: no JSON in UTF-8" in said
    assert "Traceback" not in said
