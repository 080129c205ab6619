"""Request bodies, read in blocks only: some web servers' `readline` stops after the first line."""

import contextlib
import hashlib
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from django.conf import settings
from rest_framework.request import Request

from marketplace.core.api.faults import LengthRequired, TooLarge

BLOCK = 64 * 1024
IN_MEMORY = 1024 * 1024


def blocks(stream: IO[bytes], limit: int) -> Iterator[bytes]:
    """The bytes of `stream` in blocks; raises TooLarge once more than `limit` have come."""
    total = 0
    while block := stream.read(BLOCK):
        total += len(block)
        if total > limit:
            raise TooLarge(limit)
        yield block


def check_length(request: Request, limit: int) -> None:
    """Refuse by the declared length, before anything is read."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and request.META.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequired
    if length.isascii() and length.isdigit() and int(length) > limit:
        raise TooLarge(limit)


def limit_of(request: Request) -> int:
    """How many bytes the parser for this request's content type takes."""
    assert request.negotiator is not None
    parser: Any = request.negotiator.select_parser(request, list(request.parsers or ()))
    name: str = getattr(parser, "limit_setting", "API_BODY_MAX_BYTES")
    return int(getattr(settings, name))


@contextlib.contextmanager
def spooled(request: Request) -> Iterator[str]:
    """Read the body once and keep it for the parser, on disk beyond 1 MiB; gives its SHA-256."""
    digest = hashlib.sha256()
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as kept:
        if request.stream is not None:
            for block in blocks(request.stream, limit_of(request)):
                digest.update(block)
                kept.write(block)
            kept.seek(0)
            request._stream = kept  # type: ignore[assignment]
        yield digest.hexdigest()
