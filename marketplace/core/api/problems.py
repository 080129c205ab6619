"""Every refusal of the API as `application/problem+json` (RFC 9457), in one place.

Members: `type` (always about:blank: the `code` says more), `title` (the status' phrase in RFC
9110), `status`, `detail` (a sentence), `code` (stable, for programs) and `errors`, a list of
`{pointer, detail}` with JSON pointers (RFC 6901). A refusal may add members of its own (RFC 9457
§3.2).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, JsonResponse, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response

from marketplace.core import storms
from marketplace.core.errors import Fault, Refused

MEDIA_TYPE = "application/problem+json"
# RFC 9110 §15.5 gave these new names, and Python has them since 3.13: clients read the same on all.
RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is sent instead of an answer."""

    status: int
    code: str
    detail: str
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    def members(self) -> dict[str, Any]:
        """The JSON object."""
        return {
            **self.data,
            "type": "about:blank",
            "title": RENAMED.get(self.status, HTTPStatus(self.status).phrase),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [{"pointer": f.pointer, "detail": f.detail} for f in self.faults],
        }

    def response(self) -> Response:
        """For DRF's views."""
        return Response(self.members(), self.status, headers=self.headers, content_type=MEDIA_TYPE)

    def plain(self) -> JsonResponse:
        """For middleware and error handlers, outside of DRF's views."""
        return JsonResponse(
            self.members(), status=self.status, headers=self.headers, content_type=MEDIA_TYPE
        )


NOT_FOUND = Problem(404, "not_found", "There is no such resource.")
FORBIDDEN = Problem(403, "permission_denied", "You may not do this.")
MALFORMED = Problem(400, "malformed", "The request cannot be understood.")
_DJANGO: tuple[tuple[type[Exception], Problem], ...] = (
    (Http404, NOT_FOUND),
    (PermissionDenied, FORBIDDEN),
    (RequestDataTooBig, Problem(413, "too_large", "The body is too large.")),
    (SuspiciousOperation, MALFORMED),
    (UnreadablePostError, MALFORMED),
)
UNEXPECTED = Problem(
    500, "unexpected", "Something went wrong here. It was noted; please try again."
)


def handle(error: Exception, _context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. None for a fault of ours: Django logs it and answers a 500 that
    tells nothing.
    """
    problem = problem_of(error)
    return None if problem is None else problem.response()


def problem_of(error: Exception) -> Problem | None:
    """The problem that an exception stands for, if it is one of those we expect."""
    if isinstance(error, Refused):
        headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        return Problem(error.status, error.code, error.message, error.faults, headers, error.data)
    if isinstance(error, exceptions.ValidationError):
        faults = tuple(faults_of(error.detail))
        return Problem(422, "invalid", "The input is not valid; see errors.", faults)
    if isinstance(error, exceptions.APIException):
        return _of_drf(error)
    return _of_django(error)


def _of_drf(error: exceptions.APIException) -> Problem:
    headers: dict[str, str] = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait))
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else error.default_code
    return Problem(error.status_code, code, str(error.detail), (), headers)


def _of_django(error: Exception) -> Problem | None:
    for kind, problem in _DJANGO:
        if isinstance(error, kind):
            return problem
    if storms.passes(error):
        return busy()
    if storms.unstorable(error):
        return Problem(422, "unstorable", "The input holds a value that cannot be stored.")
    return None


def busy() -> Problem:
    """The database could not answer in time; nothing was changed."""
    return Problem(
        503,
        "busy",
        "The service cannot do this right now. Nothing was changed; please try again.",
        headers={"Retry-After": str(storms.RETRY_AFTER)},
    )


def faults_of(detail: Any, pointer: str = "") -> Iterator[Fault]:
    """DRF's nested details as faults; `non_field_errors` belong to the object itself."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = name == "non_field_errors"
            yield from faults_of(inner, pointer if own else f"{pointer}/{escape(str(name))}")
    elif isinstance(detail, list | tuple):
        nested = any(isinstance(inner, Mapping | list | tuple) for inner in detail)
        for index, inner in enumerate(detail):
            yield from faults_of(inner, f"{pointer}/{index}" if nested else pointer)
    else:
        yield Fault(pointer, str(detail))


def escape(name: str) -> str:
    """A name as a reference token of a JSON pointer (RFC 6901 §3)."""
    return name.replace("~", "~0").replace("/", "~1")
