"""A client's program: the API with a key, over HTTP."""

import json
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import requests

from marketplace.ops.drive.browser import OK_BELOW, TIMEOUT, Surprise

PATIENCE = 60.0


class ClientApi:
    """Calls `/api/v1/` with a key; every write carries an Idempotency-Key."""

    def __init__(self, base_url: str, key: str) -> None:
        self.base = f"{base_url.rstrip('/')}/api/v1"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def get(self, path: str) -> Any:
        """The parsed answer."""
        return self._parsed(self.session.get(self.base + path, timeout=TIMEOUT))

    def post(self, path: str, body: object = None) -> Any:
        """Send JSON; the parsed answer."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self._parsed(
            self.session.post(self.base + path, json=body, headers=headers, timeout=TIMEOUT)
        )

    def post_lines(self, path: str, rows: Iterable[object]) -> Any:
        """Send a stream of JSON lines; the parsed answer."""
        headers = {
            "Idempotency-Key": str(uuid.uuid4()),
            "Content-Type": "application/x-ndjson",
        }
        body = "".join(json.dumps(row) + "\n" for row in rows).encode()
        return self._parsed(
            self.session.post(self.base + path, data=body, headers=headers, timeout=TIMEOUT)
        )

    def lines(self, path: str) -> list[Any]:
        """Read a stream of JSON lines."""
        reply = self.session.get(self.base + path, timeout=TIMEOUT, stream=True)
        self._refuse(reply)
        return [json.loads(line) for line in reply.iter_lines() if line]

    def file(self, path: str) -> bytes:
        """The body as it comes."""
        reply = self.session.get(self.base + path, timeout=TIMEOUT)
        self._refuse(reply)
        return reply.content

    def wait(self, path: str, done: Callable[[Any], bool]) -> Any:
        """Ask again until `done` says so; a minute without is a `Surprise`."""
        deadline = time.monotonic() + PATIENCE
        while not done(answer := self.get(path)):
            if time.monotonic() > deadline:
                raise Surprise(f"{path} did not get there: {answer}")
            time.sleep(0.1)
        return answer

    def _parsed(self, reply: requests.Response) -> Any:
        self._refuse(reply)
        return reply.json()

    @staticmethod
    def _refuse(reply: requests.Response) -> None:
        if reply.status_code >= OK_BELOW:
            asked = f"{reply.request.method} {reply.url}"
            raise Surprise(f"{asked} answered {reply.status_code}: {reply.text[:600]}")
