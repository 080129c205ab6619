"""Error answers by path: problem+json under /api/, a page elsewhere. Named in
`marketplace/urls.py`.

They are drawn without the request's context: whatever failed may be what the context needs.
"""

import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults

from marketplace.core import storms
from marketplace.core.api.problems import (
    FORBIDDEN,
    MALFORMED,
    NOT_FOUND,
    UNEXPECTED,
    busy,
    problem_of,
)

API = "/api/"


def is_api(request: HttpRequest) -> bool:
    """Programs read the answer."""
    return request.path.startswith(API)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    if is_api(request):
        return NOT_FOUND.plain()
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400; a body over Django's limit is a 413 for programs."""
    if is_api(request):
        return (problem_of(exception) or MALFORMED).plain()
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    if is_api(request):
        return FORBIDDEN.plain()
    return defaults.permission_denied(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: tells nothing of the fault. A database that cannot answer now is a 503."""
    error = sys.exc_info()[1]
    if error is not None and storms.passes(error):
        return unavailable(request)
    if is_api(request):
        return UNEXPECTED.plain()
    return defaults.server_error(request)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 with Retry-After: a lock wait that ended, a full disk, a database that restarts."""
    if is_api(request):
        return busy().plain()
    return HttpResponse(
        render_to_string("503.html"),
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        headers={"Retry-After": str(storms.RETRY_AFTER)},
    )
