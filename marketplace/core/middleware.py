"""Around every request: an id, no text that the database cannot hold, and refusals turned into
answers.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

import structlog
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_structlog.middlewares import RequestMiddleware

from marketplace.core import storms
from marketplace.core.errors import Refused, invalid
from marketplace.core.pages import bad_request, is_api, unavailable

Handler = Callable[[HttpRequest], HttpResponse]
_ID = re.compile(r"[A-Za-z0-9._:-]{8,64}")
_UTF8 = {"utf-8", "utf8"}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class RequestIdMiddleware:
    """Every answer carries X-Request-Id: the caller's, if it is a harmless word, else a new one.

    Logs, audit entries and the jobs that the request promises carry it too.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the id before anything logs."""
        asked = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = asked if _ID.fullmatch(asked) else uuid.uuid4().hex
        request.META["HTTP_X_REQUEST_ID"] = request_id
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class RequestLogMiddleware(RequestMiddleware):
    """One line when a request has ended, with its id, its person and where it came from.

    The address is the connection's own, or the one that our own proxies say (TRUSTED_PROXY_COUNT);
    what a caller writes into X-Forwarded-For is not believed.
    """

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """The library's own would parse every header of every request."""
        structlog.contextvars.bind_contextvars(ip=address_of(request))


def address_of(request: HttpRequest) -> str:
    """The caller's address, as far as it can be trusted."""
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if proxies and len(hops) >= proxies and hops[-proxies]:
        return str(hops[-proxies])
    return str(request.META.get("REMOTE_ADDR", ""))


class BadText(SuspiciousOperation):
    """Bytes that are no UTF-8, or a NUL, where text is expected."""


class SafeTextMiddleware:
    """Refuses with 400 what PostgreSQL's text cannot hold: NUL and invalid UTF-8, outside of JSON
    bodies.

    Looks at the path, the query, the cookies and form fields. JSON bodies are the parsers'
    business.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on clean requests. Bad cookies are taken back, or the browser could never come in
        again.
        """
        bad = [name for name, value in request.COOKIES.items() if "\x00" in name + value]
        if not bad and _clean(request):
            return self.get_response(request)
        response = bad_request(request, BadText("The request holds bytes that are no text."))
        for name in bad:
            response.delete_cookie(name)
        return response


def _clean(request: HttpRequest) -> bool:
    if (request.content_params or {}).get("charset", "utf-8").lower() not in _UTF8:
        return False
    if "\x00" in request.path or not _is_text(
        request.META.get("QUERY_STRING", "").encode("latin-1")
    ):
        return False
    if request.method != "POST" or request.content_type not in _FORMS or is_api(request):
        return True
    if request.content_type == _FORMS[0] and not _is_text(request.body):
        return False
    return not any("\x00" in text for text in _form_texts(request))


def _is_text(encoded: bytes) -> bool:
    """Percent-decoded, it is UTF-8 without NUL."""
    raw = unquote_to_bytes(encoded)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in raw


def _form_texts(request: HttpRequest) -> Iterator[str]:
    for name, values in request.POST.lists():
        yield name
        yield from map(str, values)
    for name, files in request.FILES.lists():
        yield name
        yield from (file.name or "" for file in files)


class RefusalMiddleware:
    """Turns a `Refused` that a page raised into a page that says why; API views do it themselves.

    An htmx request gets a fragment for its own target instead of a page, with the same
    status.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """An answer for a rule's or the moment's fault; None for ours, which becomes a 500."""
        if is_api(request):
            return None
        if isinstance(error, Refused):
            return refusal(request, error)
        if storms.passes(error):
            return unavailable(request)
        if storms.unstorable(error):
            return refusal(request, invalid("The form holds a value that cannot be stored."))
        return None


def refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The page or fragment that says why not, with the refusal's status."""
    htmx = bool(getattr(request, "htmx", False))
    template = "refused_fragment.html" if htmx else "refused.html"
    response = render(request, template, {"refused": refused}, status=refused.status)
    if refused.retry_after is not None:
        response["Retry-After"] = str(refused.retry_after)
    return response
