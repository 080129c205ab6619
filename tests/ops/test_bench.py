"""The measurement measures: what is slower gets a lower figure, and a fault is not hidden."""

import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.core.management import CommandError, call_command

from marketplace.devservers import ports
from marketplace.ops.bench import registry
from marketplace.ops.bench.timing import rate

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"^(.+?)\s{2,}([\d,]+)(?:\s+([\d.]+)% of bare SQL)?$", re.MULTILINE)
SAID = re.compile(r"^load \d+\.\d\d in the last minute, \d+\.\d\d in five; \d+ cores$")


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


def bench(*words):
    """What the command printed; the same process, no scratch database."""
    said = io.StringIO()
    call_command("bench", *words, stdout=said)
    return said.getvalue().splitlines()


@pytest.fixture
def benchmark(monkeypatch):
    """A benchmark that doubles a number, in place of all real ones."""

    def add_arguments(parser):
        parser.add_argument("--number", type=int, default=2)

    def run(options, out):
        out.figure("doubled", 2000 * options["number"], "as said")
        out.ratio("a half", 0.5, "the whole")
        return {"doubled": 2000 * options["number"]}

    module = SimpleNamespace(__doc__="Doubles.\nMore.", add_arguments=add_arguments, run=run)
    monkeypatch.setattr("marketplace.ops.management.commands.bench.BENCHMARKS", {"double": module})
    monkeypatch.setattr(registry, "BENCHMARKS", {"double": module})


@pytest.mark.usefixtures("benchmark")
def test_a_benchmark_prints_its_table_and_the_load_around_it():
    before, figure, ratio, after = bench("double", "--number", "3")
    assert SAID.match(before.removeprefix("before: "))
    assert SAID.match(after.removeprefix("after: "))
    assert figure.split() == ["doubled", "6,000", "as", "said"]
    assert ratio.split() == ["a", "half", "50.0%", "of", "the", "whole"]


@pytest.mark.usefixtures("benchmark")
def test_the_figures_are_written_with_the_load(tmp_path):
    bench("double", "--json", str(tmp_path / "figures.json"))
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["doubled"] == 4000
    assert set(figures["load"]) == {"before", "after"}
    assert figures["load"]["after"]["cores"] == os.cpu_count()
    with pytest.raises(CommandError, match="does not exist"):
        bench("double", "--json", str(tmp_path / "no" / "figures.json"))


@pytest.mark.usefixtures("benchmark")
def test_without_a_name_the_command_lists_the_benchmarks():
    assert bench()[1:] == ["  double       Doubles."]


def test_every_benchmark_says_what_it_measures():
    assert all(len(registry.sentence(one)) > 20 for one in registry.BENCHMARKS.values())


def run_bench(folder, *words):
    """The command as its readers run it, in a process of its own; returns what it printed."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOCAL_DIR": str(folder),
        "WEB_PORT": str(ports.free_port()),
        "STRIPE_PORT": str(ports.free_port()),
        "SERVE_SOURCES": "1",
        "SECRET_KEY": "bench-" + "0" * 40,
    }
    command = [sys.executable, str(ROOT / "manage.py"), "bench", *words]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres") as connection:
        left = connection.execute("SELECT 1 FROM pg_database WHERE datname LIKE '%bench%'")
        assert left.fetchall() == []
    return done.stdout


@pytest.mark.slow
def test_the_ledger_benchmark_measures_both_and_leaves_no_database(tmp_path):
    found = LINE.findall(run_bench(tmp_path, "ledger", "--claims", "16", "--batches", "1"))
    assert [what for what, _, _ in found] == [
        "claims/s, bare SQL",
        "claims/s, the claim action",
        "claims/s, the page over HTTP",
        "ledger entries/s, bare SQL",
        "ledger entries/s, post()",
    ]
    assert all(int(number.replace(",", "")) > 0 for _, number, _ in found)


@pytest.mark.slow
def test_accepts_are_measured_beside_the_same_sql(tmp_path):
    file = tmp_path / "accepts.json"
    run_bench(tmp_path, "accepts", "--accepts", "40", "--json", str(file))
    figures = json.loads(file.read_text())
    assert figures["ratio"] == figures["action_per_s"] / figures["bare_per_s"] > 0


@pytest.mark.slow
def test_every_comparison_is_measured_and_the_bulk_of_legs_agrees(tmp_path):
    file = tmp_path / "reconcile.json"
    run_bench(tmp_path, "reconcile", "--legs", "2000", "--json", str(file))
    figures = json.loads(file.read_text())
    assert set(figures["each"]) == {
        *("payouts", "events", "cash", "clearing"),
        *("transfers", "books", "bank", "accounts"),
    }
    assert figures["seconds"] == sum(figures["each"].values())
    assert figures["legs"] >= 2000
    assert figures["differences"] == 0


@pytest.mark.slow
def test_statements_are_read_with_and_without_the_sums_of_months(tmp_path):
    file = tmp_path / "statement.json"
    run_bench(tmp_path, "statement", "--legs", "2000", "--json", str(file))
    figures = json.loads(file.read_text())
    assert figures["before_ms"].keys() == figures["after_ms"].keys()
    assert len(figures["after_ms"]) == 8
    assert figures["months"] >= 9
    assert figures["legs"] >= 2000


TINY = ("--volatile", "--annotators", "400", "--projects", "8", "--history", "200")


def figures_of(folder, *words):
    file = folder / "figures.json"
    run_bench(folder, *words, *TINY, "--json", str(file))
    return json.loads(file.read_text())


@pytest.mark.slow
def test_the_claim_benchmark_measures_all_it_promises(tmp_path):
    ways = ("--tasks", "30000", "--open-share", "1", "--clients", "4")
    spans = ("--seconds", "1", "--pgbench-seconds", "1")
    figures = figures_of(tmp_path, "claim", *ways, *spans)
    promised = """double_claims http_per_s reference_per_s function_per_s ratio ratio_function
        sql_per_claim p50_ms p95_ms p99_ms db_p95_ms_4 db_p95_ms_4_reserve web_cpu_us
        empty_view_cpu_us load"""
    assert set(promised.split()) <= set(figures)
    nothing = ("double_claims", "slots_off", "money_off_minor", "promises_off", "unacknowledged")
    assert {name: figures[name] for name in nothing} == dict.fromkeys(nothing, 0)
    assert figures["server"]["durable"] is False
    assert figures["sql_per_claim"] == figures["sql_per_claim_max"] <= 10
    assert figures["ratio"] == figures["http_per_s"] / figures["reference_per_s"]


@pytest.mark.slow
def test_the_sweep_benchmark_ends_every_claim(tmp_path):
    figures = figures_of(tmp_path, "sweep", "--tasks", "2000", "--expired", "200")
    assert figures["swept"] == 200
    assert figures["transactions"] >= 200 / 50
    assert figures["money_off_minor"] == figures["slots_off"] == 0


@pytest.mark.slow
def test_the_candidates_benchmark_finds_nothing_to_mend(tmp_path):
    figures = figures_of(tmp_path, "candidates", "--tasks", "200")
    assert figures["rows"] > 50
    assert figures["rebuild_s"] > 0
