"""The six import contracts hold, and each one breaks where a fault is planted."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.rules.source import ROOMS

# contract -> (file, the line planted at its end, what the report then names)
FAULTS = {
    "flow": [
        ("accounts/states.py", "import payments.states", "accounts is not allowed to import payments"),
        ("marketplace/core/ids.py", "import accounts.states", "import accounts"),
    ],
    "rooms": [
        ("tasks/models/task.py", "import tasks.actions", "tasks.models is not allowed to import tasks.actions"),
        ("tasks/api/urls.py", "import tasks.web", "tasks.api is not allowed to import tasks.web"),
        ("payments/devstripe/server.py", "import payments.models", "payments.devstripe is not allowed"),
        ("tasks/helpers.py", "import json", "tasks.helpers"),
    ],
    "tables": [("tasks/actions/intake.py", "import payments.models", "payments.models")],
    "stripe": [("payments/actions/funds.py", "import stripe", "payments is not allowed to import stripe")],
    "pure": [("tasks/quality/majority.py", "import django.db", "tasks.quality is not allowed to import django")],
    "actions": [("tasks/actions/intake.py", "import rest_framework", "is not allowed to import rest_framework")],
}  # fmt: skip


def lint(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", *arguments], cwd=root, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def copied(tmp_path_factory, project):
    """The project's Python files and its contracts, to plant faults in."""
    root = tmp_path_factory.mktemp("copy")
    for room in ROOMS:
        shutil.copytree(
            project / room,
            root / room,
            ignore=lambda _folder, names: {
                name for name in names if "." in name and not name.endswith(".py")
            },
        )
    shutil.copy(project / "pyproject.toml", root)
    return root


def test_six_contracts_are_kept(project):
    report = lint(project)
    assert "Contracts: 6 kept, 0 broken." in report.stdout


@pytest.mark.parametrize(
    ("contract", "file", "line", "named"),
    [(contract, *fault) for contract, faults in FAULTS.items() for fault in faults],
)
def test_a_planted_fault_breaks_the_contract(copied, contract, file, line, named):
    path = copied / file
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        report = lint(copied, "--contract", contract)
    finally:
        path.unlink() if before is None else path.write_text(before)
    assert report.returncode == 1
    assert "Contracts: 0 kept, 1 broken." in report.stdout
    assert named in " ".join(report.stdout.split())
