"""A client's program for tests: the API through Django's test client, with a key."""

import json

from django.test import Client

from tests.support import factories_accounts as people


class Api:
    """An API client with a key; replies are (status, parsed body)."""

    def __init__(self, client=None, **options):
        self.organization = client or people.organization()
        _, self.token = people.api_key(self.organization, **options)
        self.http = Client(headers={"Authorization": f"Bearer {self.token}"})

    def get(self, path):
        return self._parsed(self.http.get(f"/api/v1{path}"))

    def send(self, method, path, body, content_type="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        reply = self.http.generic(
            method, f"/api/v1{path}", data, content_type=content_type, headers=headers
        )
        return self._parsed(reply)

    def post(self, path, body=None, **rest):
        return self.send("POST", path, {} if body is None else body, **rest)

    @staticmethod
    def _parsed(reply):
        kind = reply.headers["Content-Type"]
        if reply.status_code >= 400:
            assert kind == "application/problem+json"
        return reply.status_code, json.loads(reply.content)


def pointers(problem):
    return sorted(one["pointer"] for one in problem["errors"])
