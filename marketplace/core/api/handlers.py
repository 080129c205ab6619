"""Error pages by path: problem+json under /api/, HTML elsewhere. Named in `marketplace/urls.py`."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from marketplace.core.api.problems import FORBIDDEN, MALFORMED, NOT_FOUND, UNEXPECTED, problem_of

API = "/api/"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    if request.path.startswith(API):
        return NOT_FOUND.plain()
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400; a body over Django's limit is a 413 for programs."""
    if request.path.startswith(API):
        return (problem_of(exception) or MALFORMED).plain()
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    if request.path.startswith(API):
        return FORBIDDEN.plain()
    return defaults.permission_denied(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: tells nothing of the fault."""
    if request.path.startswith(API):
        return UNEXPECTED.plain()
    return defaults.server_error(request)
