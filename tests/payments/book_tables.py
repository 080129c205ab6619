"""The tables of docs/money.md, read for the tests that prove them."""

import re
from pathlib import Path

BOOK = Path(__file__).resolve().parents[2] / "docs" / "money.md"


def section(title):
    """The text under one `##` heading."""
    found = re.search(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", BOOK.read_text(), re.MULTILINE | re.DOTALL
    )
    assert found, f"docs/money.md has no section {title!r}"
    return found[1]


def tables(text):
    """Each table as (heads, rows) of plain cells."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        lines = [
            [cell.strip().strip("`*") for cell in line.strip().strip("|").split("|")]
            for line in block.splitlines()
        ]
        found.append((lines[0], lines[2:]))
    return found


def minor(text):
    """`-1,030.50` in minor units of a currency with two decimals; an empty cell is zero."""
    return int(text.replace(",", "").replace(".", "")) if text else 0


def tries(text):
    """(statements, PostgreSQL's answer) of each pair of fenced blocks."""
    return re.findall(r"```sql\n(.*?)```\n\n```text\n(.*?)```", text, re.DOTALL)
