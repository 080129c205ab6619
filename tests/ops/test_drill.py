"""The drill of payouts: it holds as things are, and fails where the idempotency key is broken."""

import json
import os
import subprocess
import sys
from argparse import ArgumentTypeError
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from marketplace.ops.drill import figures, payouts

ROOT = Path(__file__).parents[2]
GOOD = {
    "paid_once": 8,
    "paid_more": 0,
    "unpaid": 0,
    "ledger_sum": 0,
    "stripe_minor": 900,
    "ledger_minor": 900,
    "audit_rows": 0,
    "faults": 2,
}


@pytest.mark.parametrize(("text", "found"), [("7", [7]), ("1-3", [1, 2, 3])])
def test_seeds_are_one_or_a_span(text, found):
    assert payouts.seeds(text) == found


@pytest.mark.parametrize("text", ["", "x", "3-1", "1-x"])
def test_other_words_are_no_seeds(text):
    with pytest.raises(ArgumentTypeError):
        payouts.seeds(text)


def test_only_perfect_figures_are_good():
    assert figures.failures(GOOD, 8) == []
    wrong = {
        "paid_more": 1,
        "unpaid": 1,
        "ledger_sum": -1,
        "audit_rows": 1,
        "paid_once": 7,
        "stripe_minor": 901,
        "faults": 1,
    }
    for name, value in wrong.items():
        assert len(figures.failures(GOOD | {name: value}, 8)) == 1, name


@pytest.mark.parametrize("word", ["--payouts", "--workers"])
def test_nothing_to_drill_is_refused(word):
    with pytest.raises(CommandError, match="At least one"):
        call_command("drill", "payouts", word, "0")


def test_a_file_in_no_folder_is_refused(tmp_path):
    with pytest.raises(CommandError, match="does not exist"):
        call_command("drill", "payouts", "--json", str(tmp_path / "no" / "f.json"))


def drill(folder, *words):
    """The command as its readers run it; its exit code, what it said, and its figures."""
    file = folder / "figures.json"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOCAL_DIR": str(folder),
        "SERVE_SOURCES": "1",
    }
    command = [sys.executable, str(ROOT / "manage.py"), "drill", "payouts", "--json", str(file)]
    done = subprocess.run(
        [*command, "--payouts", "20", "--seed", "3", *words],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, json.loads(file.read_text())


@pytest.mark.slow
def test_each_is_paid_once_although_workers_die_and_stripe_fails(tmp_path):
    code, said, found = drill(tmp_path)
    assert code == 0, said
    assert list(found) == list(figures.KEYS)
    assert (found["paid_once"], found["paid_more"], found["unpaid"]) == (20, 0, 0)
    assert (found["ledger_sum"], found["audit_rows"]) == (0, 0)
    assert found["stripe_minor"] == found["ledger_minor"] == sum(5_000 + 7 * n for n in range(20))
    assert found["faults"] >= 5


@pytest.mark.slow
def test_with_a_new_key_each_try_the_drill_fails(tmp_path):
    """The control: what keys are there to prevent happens without them, and is seen."""
    code, said, found = drill(tmp_path, "--sabotage", "new-key")
    assert code == 1
    assert found["paid_more"] > 0
    assert "paid_more is" in said
    assert found["stripe_minor"] > found["ledger_minor"]
