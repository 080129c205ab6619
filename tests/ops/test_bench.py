"""The measurement measures: what is slower gets a lower figure, and a fault is not hidden."""

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from marketplace.devservers import ports
from marketplace.ops.bench.timing import rate

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"^(.+?)\s{2,}([\d,]+)(?:\s+([\d.]+)% of bare SQL)?$", re.MULTILINE)


def test_a_rate_counts_what_all_threads_did():
    calls = []

    def work():
        calls.append(threading.get_ident())
        time.sleep(0.01)

    measured = rate([work] * 4, 10)
    assert len(calls) == 4 * 11  # one each to warm up
    assert 40 < measured < 400  # 4 threads x 100 a second, less what the machine takes


def test_a_fault_is_raised_whether_it_comes_first_or_later():
    seen = []

    def later():
        seen.append(1)
        if len(seen) > 2:
            raise ValueError("broke")

    with pytest.raises(ValueError, match="broke"):
        rate([later], 5)
    with pytest.raises(ZeroDivisionError):
        rate([lambda: 1 / 0, lambda: None], 5)


@pytest.mark.slow
def test_the_command_measures_both_and_leaves_no_database(tmp_path):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOCAL_DIR": str(tmp_path),
        "WEB_PORT": str(ports.free_port()),
        "STRIPE_PORT": str(ports.free_port()),
        "SERVE_SOURCES": "1",
        "SECRET_KEY": "bench-" + "0" * 40,
    }
    command = [sys.executable, str(ROOT / "manage.py"), "bench", "--claims", "16", "--batches", "1"]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = LINE.findall(done.stdout)
    assert [what for what, _, _ in found] == [
        "claims/s, bare SQL",
        "claims/s, the claim action",
        "claims/s, the page over HTTP",
        "ledger entries/s, bare SQL",
        "ledger entries/s, post()",
    ]
    assert all(int(number.replace(",", "")) > 0 for _, number, _ in found)
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres") as connection:
        left = connection.execute("SELECT 1 FROM pg_database WHERE datname LIKE '%bench%'")
        assert left.fetchall() == []
