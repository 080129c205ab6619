"""The one business exception. A rule that says no raises it; each kind of door renders it once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the input: a JSON pointer (RFC 6901) and a sentence."""

    pointer: str
    detail: str


class Refused(Exception):
    """A rule said no.

    `code` is stable and for programs, `message` is a sentence for people, `status` is the HTTP
    status of the API's answer: 409 when the state forbids it, 422 when the input is wrong, 403 when
    the actor may not. `retry_after` is in seconds, where trying again later may help. `data` holds
    small facts for programs: further members of the API's answer (RFC 9457 §3.2).
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 409,
        faults: Sequence[Fault] = (),
        retry_after: int | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.faults = tuple(faults)
        self.retry_after = retry_after
        self.data = dict(data or {})


class NotFound(Refused):
    """Unknown, or not visible to this actor: both look the same from outside."""

    def __init__(self, what: str = "resource") -> None:
        super().__init__("not_found", f"There is no such {what}.", status=404)


def invalid(message: str, faults: Sequence[Fault] = (), *, code: str = "invalid") -> Refused:
    """Input that cannot be accepted as it is (422), with what is wrong and where."""
    return Refused(code, message, status=422, faults=faults)
