"""Read a JSONL file: one JSON object a line, every fault named with its line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from marketplace.ops.demo.sources.base import Row, SourceError

MAX_LINE_BYTES = 2_000_000
"""A longer line is no labelling task; reading stops before it fills the memory."""


def read_rows(path: Path) -> list[Row]:
    """All rows of `path`; blank lines are skipped.

    Refuses (`SourceError`): no such file, no UTF-8, no JSON object, a line over 2 MB, no row.
    """
    try:
        with path.open("rb") as stream:
            rows = list(_rows(path, stream))
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
    if not rows:
        raise SourceError(f"{path} holds no row.")
    return rows


def _rows(path: Path, stream: BinaryIO) -> Iterator[Row]:
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise SourceError(f"{path}, line {number}: longer than {MAX_LINE_BYTES} bytes.")
        if line.strip():
            yield _row(path, number, line)


def _row(path: Path, number: int, line: bytes) -> Row:
    try:
        row = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"), parse_constant=_no)
        json.dumps(row, ensure_ascii=False).encode("utf-8")  # a lone surrogate cannot be stored
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}, line {number}: no JSON in UTF-8 ({error}).") from error
    if not isinstance(row, dict):
        raise SourceError(f"{path}, line {number}: a JSON object is needed.")
    return row


def _no(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
