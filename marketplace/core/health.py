"""/healthz: does the database answer, and does background work go on? Says yes or no and nothing
more.
"""

import datetime as dt

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from marketplace.core.selectors import quiet_for

log = structlog.get_logger(__name__)
QUIET_AT_MOST = dt.timedelta(seconds=15)  # the outbox is swept every second


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 `{"status": "ok"}`, or 503 `{"status": "unwell"}`; the reason is in the log."""
    reason = _illness()
    if reason is None:
        return JsonResponse({"status": "ok"})
    log.error("unwell", reason=reason)
    return JsonResponse({"status": "unwell"}, status=503)


def _illness() -> str | None:
    try:
        quiet = quiet_for()
    except DatabaseError as error:
        return f"database: {error}"
    if quiet is None:
        return "the outbox was never swept"
    if quiet > QUIET_AT_MOST:
        return f"the outbox was not swept for {quiet.total_seconds():.0f} s"
    return None
