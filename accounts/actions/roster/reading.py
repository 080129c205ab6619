"""A roster's CSV as rows of plain text. Nothing here looks at the database."""

import csv
import io
from collections.abc import Iterator

from marketplace.core.errors import invalid

MAX_BYTES = 1_000_000
MAX_ROWS = 500
REQUIRED = ("email", "name", "country", "languages", "time_zone", "domains")
OPTIONAL = (
    "bio",
    "links",
    "credential_kind",
    "credential_title",
    "credential_issuer",
    "credential_number",
    "credential_domain",
)
# A spreadsheet takes a cell that starts with one of these for a formula (OWASP, CSV Injection).
_FORMULA = "=+-@\t\r"


def read(content: bytes) -> Iterator[tuple[dict[str, str], bool]]:
    """Each row as {column: text}, and whether a formula sign was taken off one of its cells.

    Commas or semicolons, UTF-8 with or without byte order mark. Refuses, as a whole: too large,
    other encodings, NUL, missing or unknown columns, no rows or more than MAX_ROWS.
    """
    if len(content) > MAX_BYTES:
        raise invalid(f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid("The file is not in UTF-8: save it as “CSV UTF-8”.") from None
    if "\x00" in text:
        raise invalid("The file holds NUL characters: it is not a CSV.")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as error:
        raise invalid(f"The file is not a CSV: {error}.") from None
    header = [name.strip().lower() for name in rows[0]] if rows else []
    _check_header(header)
    filled = [row for row in rows[1:] if any(cell.strip() for cell in row)]
    if not 1 <= len(filled) <= MAX_ROWS:
        raise invalid(f"The file has {len(filled)} rows; 1 to {MAX_ROWS} are taken.")
    return (_row(header, cells) for cells in filled)


def words(text: str) -> list[str]:
    """A cell that holds several values, divided by semicolons, commas or spaces."""
    return text.replace(";", " ").replace(",", " ").split()


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _check_header(header: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in header]
    unknown = [name for name in header if name not in REQUIRED + OPTIONAL]
    if missing:
        raise invalid(f"The first row must name the columns; missing: {', '.join(missing)}.")
    if unknown or len(set(header)) != len(header):
        raise invalid(f"Unknown or repeated columns: {', '.join(unknown) or 'repeated'}.")


def _row(header: list[str], cells: list[str]) -> tuple[dict[str, str], bool]:
    """Missing cells are empty; surplus ones are kept under `surplus`, a fault of the row."""
    clean = [cell.strip().lstrip(_FORMULA).strip() for cell in cells]
    changed = any(c != cell.strip() for c, cell in zip(clean, cells, strict=True))
    row = dict.fromkeys((*REQUIRED, *OPTIONAL), "")
    row.update(zip(header, clean, strict=False))
    if any(clean[len(header) :]):
        row["surplus"] = clean[len(header)]
    return row, changed
