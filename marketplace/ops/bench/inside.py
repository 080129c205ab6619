"""Requests in this very process, through the WSGI application and all middleware: to count the
statements of one request, and to look where its time goes.
"""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from marketplace.core.ids import new_id
from marketplace.core.wsgi import Application

TOKEN = "b" * 32


class Door:
    """POSTs to one path, as the web server would call it."""

    def __init__(self, path: str) -> None:
        self._application = Application()
        self._path = path

    def post(self, cookie: str) -> bytes:
        """One request in the name of whoever holds the cookie: status, headers and body as sent."""
        said: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            said.append(f"HTTP/1.1 {status}")
            said.extend(f"{name}: {value}" for name, value in headers)

        body: Any = self._application(self._environ(cookie), start)  # type: ignore[arg-type]
        try:
            content = b"".join(body)
        finally:
            body.close()
        return "\r\n".join(said).encode() + b"\r\n\r\n" + content

    def _environ(self, cookie: str) -> dict[str, Any]:
        return {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": self._path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": "2",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_ACCEPT": "application/json",
            "HTTP_COOKIE": f"sessionid={cookie}; csrftoken={TOKEN}",
            "HTTP_X_CSRFTOKEN": TOKEN,
            "HTTP_IDEMPOTENCY_KEY": str(new_id()),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(b"{}"),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }


@contextmanager
def quiet() -> Iterator[None]:
    """Without the lines that each request logs: they would stand between the figures."""
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that this thread's connection sends meanwhile, Django's health check and
    savepoints included, BEGIN and COMMIT not.
    """
    connection.close()
    connection.ensure_connection()
    driver: Any = connection.connection
    before: Any = driver.cursor_factory
    sent: list[str] = []

    class Noting(before):  # type: ignore[misc]
        """The same cursor, which notes what it is given."""

        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            sent.append(query if isinstance(query, str) else str(query))
            return super().execute(query, *args, **kwargs)

    driver.cursor_factory = Noting
    try:
        yield sent
    finally:
        driver.cursor_factory = before
