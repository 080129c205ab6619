"""The vendored libraries are the files that their table names, with their licences, untouched."""

import hashlib
from pathlib import Path

import pytest

VENDOR = Path(__file__).resolve().parents[2] / "marketplace" / "static" / "vendor"
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (VENDOR / "README.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and "SHA-256" not in line
]


def test_the_table_names_every_file() -> None:
    present = {
        path.relative_to(VENDOR).as_posix()
        for path in VENDOR.rglob("*")
        if path.is_file() and not path.name.startswith(("LICENSE", "README"))
    }
    assert {row[0] for row in ROWS} == present


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_file_is_the_one_that_was_published(row: list[str]) -> None:
    file, _package, _version, _licence, _source, digest = row
    assert hashlib.sha256((VENDOR / file).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("folder", sorted({row[0].split("/")[0] for row in ROWS}))
def test_a_licence_lies_beside_its_files(folder: str) -> None:
    [licence] = (VENDOR / folder).glob("LICENSE*")
    assert licence.stat().st_size > 500
