"""The WSGI application: Django's, but no Content-Type can make it fail.

Django reads that header while it makes the request object, before any middleware or error page is
there, and lets its charset decide how the query is decoded (`charset=rot13` fails).
"""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters


class Request(WSGIRequest):
    """A request in UTF-8. `SafeTextMiddleware` refuses another charset."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        """A header that cannot be read is taken for a missing one."""
        try:
            found = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            meta["CONTENT_TYPE"] = ""
            found = ("", {})
        self.content_type, self.content_params = found


class Application(WSGIHandler):
    """What the web server calls; `marketplace/wsgi.py` makes one."""

    request_class = Request
