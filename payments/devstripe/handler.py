"""The HTTP side: reads a request, hands it to API, control or pages, sends the reply."""

import json
import socket
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

from payments.devstripe import api, control
from payments.devstripe.exchange import CUT, CaseInsensitive, Reply, Request
from payments.devstripe.pages import site
from payments.devstripe.state import State

MAX_BODY: Final = 1_048_576
LINGER_SECONDS: Final = 2.0
LINGER_READS: Final = 1000
BAD_REQUEST, TOO_LARGE, SERVER_ERROR = 400, 413, 500


class Server(ThreadingHTTPServer):
    """Listens on loopback; remembers its connections so that closing it closes them."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, state: State) -> None:
        self.state = state
        self.closing = threading.Event()
        self.crashes: list[str] = []
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection."""
        self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        self._open.discard(connection)

    def hang_up(self) -> None:
        """Cut every open connection, sleeping ones included."""
        self.closing.set()
        for connection in list(self._open):
            cut(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that goes away in mid-request is not worth a line on the console."""
        del request, client_address
        error = sys.exception()
        if not isinstance(error, OSError):
            traceback.print_exc()


def cut(connection: socket.socket) -> None:
    """End a connection at once, in both directions."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "devstripe"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def setup(self) -> None:
        """Note the connection."""
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        """Forget the connection."""
        self.server.closed(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Be quiet: the dashboard shows what was called."""

    def serve(self) -> None:
        """Answer one request."""
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or "Transfer-Encoding" in self.headers:
            self.turn_away(problem(BAD_REQUEST, "Send a body with a Content-Length."))
            return
        if int(length) > MAX_BODY:
            self.turn_away(problem(TOO_LARGE, f"At most {MAX_BODY} bytes, please."))
            return
        parts = urlsplit(self.path)
        body = self.rfile.read(int(length))
        headers = CaseInsensitive(self.headers.items())
        self.send(self.dispatch(Request(self.command, parts.path, parts.query, headers, body)))

    def turn_away(self, reply: Reply) -> None:
        """Refuse a request whose body is not read, and let the caller finish writing it.

        A connection closed on unread bytes is reset, and the caller would never see the reply.
        """
        self.close_connection = True
        self.send(reply)
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(LINGER_SECONDS)
        for _ in range(LINGER_READS):
            if not self.connection.recv(MAX_BODY):
                return

    def dispatch(self, request: Request) -> Reply:
        """Hand the request to whoever owns its path; a crash of ours becomes a recorded 500."""
        state = self.server.state
        if request.method == "POST":
            state.version += 1
        try:
            if request.path.startswith(("/v1/", "/v2/")):
                return api.answer(state, request)
            if request.path.startswith("/_control/"):
                return control.answer(state, request)
            return site.answer(state, request)
        except Exception:  # noqa: BLE001 - the last line: a test must see it, the caller gets a 500
            self.server.crashes.append(traceback.format_exc())
            traceback.print_exc()
            return problem(SERVER_ERROR, "The local Stripe has a bug; its console shows it.")

    def send(self, reply: Reply) -> None:
        """Send the reply in one piece, or cut the connection where there is none."""
        if reply.hang:
            self.server.closing.wait(reply.hang)
        if reply.status == CUT:
            self.close_connection = True
            cut(self.connection)
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = serve  # noqa: N815 - names of the base


def problem(status: int, message: str) -> Reply:
    """A refusal that belongs to HTTP rather than to Stripe."""
    body = {"error": {"message": message, "type": "api_error"}}
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
