"""Parsers: JSON as one value, and NDJSON as a stream of rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from marketplace.core.api import strict_json
from marketplace.core.api.bodies import blocks
from marketplace.core.api.faults import MalformedBody
from marketplace.core.errors import Fault


class StrictJSONParser(BaseParser):
    """`application/json` up to API_BODY_MAX_BYTES; refuses what `strict_json` refuses with 400,
    more bytes with 413.
    """

    media_type = "application/json"
    limit_setting = "API_BODY_MAX_BYTES"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value of the whole body."""
        raw = b"".join(blocks(stream, settings.API_BODY_MAX_BYTES))
        try:
            return strict_json.loads(raw)
        except strict_json.BadJson as error:
            raise MalformedBody(str(error)) from None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an NDJSON body: its number from 1, and its value, or the fault that it cannot be
    read for.
    """

    number: int
    value: Any
    fault: Fault | None = None


class NdjsonParser(BaseParser):
    """`application/x-ndjson`: `request.data` is an iterator of `Line`, one JSON value a line, blank
    lines left out.

    Streams: memory holds one line. At most API_STREAM_MAX_BYTES in all (413 in mid-iteration, so
    write inside one transaction) and API_LINE_MAX_BYTES a line (a fault of that line).
    """

    media_type = "application/x-ndjson"
    limit_setting = "API_STREAM_MAX_BYTES"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """An iterator; nothing is read before it is iterated."""
        return self._lines(stream)

    def _lines(self, stream: IO[bytes]) -> Iterator[Line]:
        raw_lines = split_lines(blocks(stream, settings.API_STREAM_MAX_BYTES))
        for number, raw in enumerate(raw_lines, start=1):
            if raw is None or raw.strip():
                yield read_line(number, raw)


def read_line(number: int, raw: bytes | None) -> Line:
    """One line's value or fault; `raw` is None where the line was too long to keep."""
    if raw is None:
        limit = settings.API_LINE_MAX_BYTES
        return Line(number, None, Fault("", f"Line {number} is longer than {limit} bytes."))
    try:
        return Line(number, strict_json.loads(raw))
    except strict_json.BadJson as error:
        return Line(number, None, Fault("", f"Line {number}: {error}"))


def split_lines(parts: Iterator[bytes]) -> Iterator[bytes | None]:
    """Cut blocks at line feeds. A line beyond API_LINE_MAX_BYTES is dropped as it comes and given
    as None.
    """
    limit: int = settings.API_LINE_MAX_BYTES
    kept: list[bytes] = []
    size = 0
    for part in parts:
        *ended, rest = part.split(b"\n")
        for piece in ended:
            size += len(piece)
            yield b"".join([*kept, piece]) if size <= limit else None
            kept, size = [], 0
        size += len(rest)
        kept = [*kept, rest] if size <= limit else []
    if size:
        yield b"".join(kept) if size <= limit else None
