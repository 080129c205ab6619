"""A statement as CSV, for spreadsheets."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence


def write(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """One line a row; times in UTC, amounts in minor units where a column says so."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(heads)
    for row in rows:
        sheet.writerow([cell(value) for value in row])
    return out.getvalue()


def cell(value: object) -> object:
    """A value that a spreadsheet will not take for a formula (OWASP, CSV injection); numbers stay
    numbers.
    """
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    text = value.isoformat() if isinstance(value, dt.datetime | dt.date) else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
