"""A client of the tests' own API views (tests/core/urls.py), and jobs that only say that they ran."""

import json

import pytest
from django.test import Client

from marketplace.core.registry import JOBS, Job

KEY = "k1 things:read things:write"


class Caller:
    """Calls with the key `k1` unless told otherwise; answers as Django's test client gives them."""

    def __init__(self):
        self.client = Client(raise_request_exception=False)

    def __call__(self, method, path, body=None, *, key=KEY, kind="application/json", **headers):
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        if key:
            headers["Authorization"] = f"Bearer {key}"
        return self.client.generic(method, path, raw, content_type=kind, headers=headers)


@pytest.fixture
def call(settings):
    settings.ROOT_URLCONF = "tests.core.urls"
    return Caller()


@pytest.fixture
def echo(monkeypatch):
    """The job `core.echo`, and the list of the arguments that it was run with."""
    seen = []
    monkeypatch.setitem(
        JOBS, "core.echo", Job("core.echo", lambda **args: seen.append(args), "fast", False)
    )
    return seen
