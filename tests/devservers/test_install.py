"""`.ci/install`: what a machine lacks is said in one sentence, before anything is changed."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.devservers.support import REPOSITORY

TOOLS = ("sh", "dirname", "mkdir", "grep", "tail", "mktemp", "rm", "cat")


@pytest.fixture
def machine(tmp_path):
    """A PATH with the shell's tools and whatever pythons a test puts there."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        found = next(p for p in ("/bin", "/usr/bin") if Path(p, name).exists())
        (tools / name).symlink_to(Path(found, name))
    return tools


def python(machine: Path, name: str, script: str) -> None:
    program = machine / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def install(machine: Path, wanted: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", REPOSITORY / ".ci" / "install", wanted, machine.parent / "venv", "lock.txt"],
        env={"PATH": str(machine), "TMPDIR": str(machine.parent)},
        cwd=machine.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip


# what `python -c "... version_info ..."`, `-c "import ensurepip"` and `-m venv` answer
OLD = "exit 1"
BARE = 'case "$2" in *ensurepip*) exit 1;; esac'
FULL = (
    'case "$1 $2" in "-m venv") echo "OSError: [Errno 28] No space left on device"; exit 1;; esac'
)


def test_no_python_at_all(machine):
    run = install(machine)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == (
        "No Python 3.11 or newer found: install one, or name it: make PYTHON=/path/to/python3.11\n"
    )


def test_only_an_old_python(machine):
    python(machine, "python3", OLD)
    assert install(machine).stderr.startswith("No Python 3.11 or newer found:")


def test_the_python_asked_for_is_old(machine):
    python(machine, "python3.9", OLD)
    run = install(machine, "python3.9")
    assert run.stderr == "PYTHON=python3.9 is not a Python of version 3.11 or newer.\n"


def test_debian_without_python3_venv(machine):
    python(machine, "python3", BARE)
    assert install(machine).stderr == (
        f"{machine}/python3 cannot make virtualenvs: on Debian and Ubuntu run "
        "'apt install python3-venv', then make again.\n"
    )
    assert not (machine.parent / "venv").exists()


def test_a_full_disk(machine):
    python(machine, "python3", FULL)
    assert install(machine).stderr == "The disk is full: free some space, then run make again.\n"


def test_a_newer_python_is_preferred_and_a_broken_one_passed_over(machine):
    python(machine, "python3.13", OLD)  # as pyenv's shims are for versions that are not chosen
    python(machine, "python3.12", BARE)
    python(machine, "python3", FULL)
    assert install(machine).stderr.startswith(f"{machine}/python3.12 cannot make virtualenvs")


def test_make_alone_lists_the_commands():
    run = subprocess.run(
        ["make"], cwd=REPOSITORY, capture_output=True, text=True, check=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")},
    )  # fmt: skip
    names = [line.split()[1] for line in run.stdout.splitlines()]
    assert names == [
        "help",
        "up",
        "demo",
        "test",
        "test-slow",
        "test-browser",
        "coverage",
        "check",
        "bench",
        "drills",
        "drill-payouts",
        "drill-weeks",
        "oracle",
        "fmt",
        "lock",
        "clean",
    ]
