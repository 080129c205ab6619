"""Files of one JSON object a line: read with every fault named by its line, written at once."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

MAX_LINE_BYTES = 64_000_000  # a longer line would fill the memory before it could be refused

Row = dict[str, Any]


class LineFault(Exception):
    """A file, or a line of it, cannot be used: one sentence that says which and why."""


def at(path: Path, number: int) -> str:
    """How a sentence names a line."""
    return f"{path}, line {number}"


def read(path: Path) -> Iterator[tuple[int, Row]]:
    """The objects of the file with their line numbers, one at a time; blank lines are skipped.

    Refuses a file that cannot be read or has no object, and a line that is no JSON object in
    UTF-8 or is longer than 64 MB.
    """
    empty = True
    try:
        with path.open("rb") as stream:
            number = 0
            while line := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                if line.strip():
                    empty = False
                    yield number, _object(path, number, line)
    except OSError as error:
        raise LineFault(f"{path} cannot be read: {error.strerror}.") from error
    if empty:
        raise LineFault(f"{path} has no line to read.")


def _object(path: Path, number: int, line: bytes) -> Row:
    if len(line) > MAX_LINE_BYTES:
        raise LineFault(f"{at(path, number)}: longer than {MAX_LINE_BYTES} bytes.")
    try:
        row = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except (ValueError, RecursionError) as error:
        raise LineFault(f"{at(path, number)}: no JSON in UTF-8 ({error}).") from error
    if not isinstance(row, dict):
        raise LineFault(f"{at(path, number)}: a JSON object is needed.")
    return row


@contextlib.contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """A stream whose text becomes the file when the block ends well; else the file stays as it was.

    A link is followed. Refuses what cannot be written, and what is there but is no plain file.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise LineFault(f"{path} cannot be written: it is no file.")
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            yield stream
        temporary.replace(target)
    except OSError as error:
        raise LineFault(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        temporary.unlink(missing_ok=True)
