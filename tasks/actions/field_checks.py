"""What one field of a project may hold, as small checks that yield faults with JSON pointers."""

import math
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from marketplace.core.errors import Fault

Fields = Mapping[str, Any]
Check = Callable[[Any], Iterator[Fault]]


def whole(name: str, least: int, most: int) -> Check:
    """A whole number from `least` to `most`."""

    def rule(value: Any) -> Iterator[Fault]:
        if type(value) is not int or not least <= value <= most:
            yield Fault(f"/{name}", f"Must be a whole number from {least} to {most}.")

    return rule


def real(name: str, least: int, most: int) -> Check:
    """A finite number from `least` to `most`."""

    def rule(value: Any) -> Iterator[Fault]:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or not least <= value <= most:
            yield Fault(f"/{name}", f"Must be a number from {least} to {most}.")

    return rule


def boolean(name: str) -> Check:
    """True or false."""

    def rule(value: Any) -> Iterator[Fault]:
        if not isinstance(value, bool):
            yield Fault(f"/{name}", "Must be true or false.")

    return rule


def identifier(name: str) -> Check:
    """An id, as a UUID."""

    def rule(value: Any) -> Iterator[Fault]:
        if not isinstance(value, uuid.UUID):
            yield Fault(f"/{name}", "Must be an id.")

    return rule


def optional(check: Check) -> Check:
    """Null, or what `check` lets through."""

    def rule(value: Any) -> Iterator[Fault]:
        if value is not None:
            yield from check(value)

    return rule
