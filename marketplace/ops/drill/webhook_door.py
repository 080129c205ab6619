"""Our own web door for webhooks, in a process of its own: Django's WSGI application, no more."""

import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.core.wsgi import get_wsgi_application
from django.db import connections

from marketplace.devservers import ports
from marketplace.ops.drill.killing import begin


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """A line a webhook says nothing."""


def _serve(server: WSGIServer) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    warnings.simplefilter("ignore")  # that no static file was collected
    connections.close_all()
    server.set_app(get_wsgi_application())
    server.serve_forever()


@contextmanager
def open_door() -> Iterator[int]:
    """Answer on a free port until the end; yields the port."""
    server = _Server((ports.LOOPBACK, 0), _Quiet)
    process = begin(partial(_serve, server))
    server.socket.close()
    try:
        yield server.server_port
    finally:
        process.terminate()
        process.join()
