"""One client of the web server: a process of its own that sends POST after POST on one connection.

Run as a script by `load.py`, without Django and without site packages, so that it costs little. It
reads its orders (one JSON line) from standard input, says `ready`, starts at the next line, and
prints what came of it as JSON. A request whose answer got lost is sent again with the same
Idempotency-Key until there is an answer: what was done must be learnt, not guessed.
"""

import json
import random
import re
import socket
import sys
import time
from typing import Any

BLOCK = 65536
AGAIN_SECONDS = 0.05
GRACE_SECONDS = 60
"""How long after the end a lost answer is still asked for."""
FAULT = 500


class Connection:
    """A kept-alive HTTP/1.1 connection that reads whole answers."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None

    def send(self, request: bytes) -> bytes:
        """The answer, headers and body. Raises OSError when the connection breaks."""
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, timeout=20)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(request)
            return self._read(self._socket)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Let go; the next request connects anew."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read(self, opened: socket.socket) -> bytes:
        answer = _more(opened)
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += _more(opened)
        head = answer[:end].lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or b"0")
        while len(answer) < end + 4 + length:
            answer += _more(opened)
        if b"connection: close" in head:
            self.close()
        return answer


def _more(opened: socket.socket) -> bytes:
    block = opened.recv(BLOCK)
    if not block:
        raise ConnectionResetError("the server closed the connection")
    return block


class Client:
    """Sends requests in the name of one person after the other and keeps count."""

    def __init__(self, orders: dict[str, Any]) -> None:
        self.orders = orders
        self.connection = Connection(orders["host"], orders["port"])
        self.dice = random.Random(orders["number"])  # noqa: S311 - which annotator comes next
        self.won = re.compile(orders["won"].encode())
        self.seconds: list[float] = []
        self.claims: list[str] = []
        self.statuses: dict[str, int] = {}
        self.repeated = 0
        self.lost = 0

    def run(self, seconds: float) -> dict[str, Any]:
        """Until `seconds` are over."""
        began = time.perf_counter()
        number = 0
        while time.perf_counter() < began + seconds:
            number += 1
            cookie = self.dice.choice(self.orders["cookies"])
            key = f"{self.orders['run'][:24]}{self.orders['number']:04x}{number:08x}"
            self.once(self.request(cookie, key), began + seconds + GRACE_SECONDS)
        return {
            "seconds": self.seconds,
            "took": time.perf_counter() - began,
            "claims": self.claims,
            "statuses": self.statuses,
            "repeated": self.repeated,
            "lost": self.lost,
        }

    def request(self, cookie: str, key: str) -> bytes:
        """A POST of an empty object, signed in and safe to repeat."""
        token = "b" * 32
        return (
            f"POST {self.orders['path']} HTTP/1.1\r\nHost: {self.orders['host']}\r\n"
            f"Cookie: sessionid={cookie}; csrftoken={token}\r\nX-CSRFToken: {token}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            "Accept: application/json\r\n\r\n{}"
        ).encode()

    def once(self, request: bytes, until: float) -> None:
        """Send it until there is an answer, or until that moment of the process's clock."""
        began = time.perf_counter()
        while (answer := self._try(request)) is None:
            if time.perf_counter() > until:
                self.lost += 1
                return
            self.repeated += 1
            time.sleep(AGAIN_SECONDS)
        self.seconds.append(time.perf_counter() - began)
        status = answer[9:12].decode()
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if found := self.won.search(answer):
            self.claims.append(found[1].decode())

    def _try(self, request: bytes) -> bytes | None:
        """The answer, or None where the request is to be sent again: nothing came, a fault, or the
        first request with this key is still under way.
        """
        try:
            answer = self.connection.send(request)
        except OSError:
            return None
        again = int(answer[9:12]) >= FAULT or b'"in_flight"' in answer
        return None if again else answer


def main() -> None:
    """Read the orders, wait for the start, work, report."""
    orders = json.loads(sys.stdin.readline())
    client = Client(orders)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps(client.run(orders["seconds"])) + "\n")


if __name__ == "__main__":
    main()
