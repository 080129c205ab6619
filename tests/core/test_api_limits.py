"""How much and how often: rates and pages."""

import base64
import time

import pytest

from marketplace.core import audit
from marketplace.core.actors import command
from marketplace.core.api import throttling
from marketplace.core.api.throttling import ActorThrottle, parse_rate

pytestmark = pytest.mark.django_db


@pytest.fixture
def five(monkeypatch):
    """Five requests a minute, in a minute that does not end now."""
    monkeypatch.setattr(throttling, "parse_rate", lambda _: (5, 60))
    now = [1_800_000_010.0]
    monkeypatch.setattr(throttling.time, "time", lambda: now[0])
    return now


def test_the_sixth_request_waits_for_the_next_window(call, five):
    seen = [call("GET", "/api/v1/things") for _ in range(6)]
    assert [a.status_code for a in seen] == [200] * 5 + [429]
    assert [a["RateLimit-Remaining"] for a in seen] == ["4", "3", "2", "1", "0", "0"]
    assert {a["RateLimit-Limit"] for a in seen} == {"5"}
    refused = seen[-1]
    assert (refused["Retry-After"], refused["RateLimit-Reset"]) == ("50", "50")
    assert refused.json()["code"] == "throttled"
    assert call("GET", "/api/v1/things", key="k2 things:read").status_code == 200
    five[0] += 50
    assert call("GET", "/api/v1/things")["RateLimit-Remaining"] == "4"


def test_a_cache_that_is_down_refuses_nobody_and_is_left_alone(call, five, monkeypatch):
    asked = []

    def down(*args, **options):
        asked.append(1)
        raise ConnectionError("refused")

    monkeypatch.setattr(throttling, "counters", down)
    monkeypatch.setattr(ActorThrottle, "_asks_again_at", 0.0)
    for _ in range(7):
        answer = call("GET", "/api/v1/things")
        assert answer.status_code == 200
        assert "RateLimit-Limit" not in answer
    assert len(asked) == 1
    monkeypatch.undo()
    monkeypatch.setattr(ActorThrottle, "_asks_again_at", time.monotonic() - 1)


@pytest.mark.parametrize(
    ("rate", "meant"), [("3000/min", (3000, 60)), ("5/sec", (5, 1)), ("9/day", (9, 86400))]
)
def test_rates(rate, meant):
    assert parse_rate(rate) == meant


@pytest.mark.parametrize("rate", ["3000", "3000/m", "many/min", "-1/min"])
def test_bad_rates(rate):
    with pytest.raises(ValueError, match="API_RATE"):
        parse_rate(rate)


def test_pages_follow_each_other_without_gap_or_repetition(call):
    for n in range(7):
        audit.record(f"v{n}", "thing:1", by=command("test"))
    first = call("GET", "/api/v1/things?limit=3").json()
    assert [row["verb"] for row in first["results"]] == ["v6", "v5", "v4"]
    assert first["previous"] is None
    audit.record("v7", "thing:1", by=command("test"))
    second = call("GET", first["next"]).json()
    assert [row["verb"] for row in second["results"]] == ["v3", "v2", "v1"]
    third = call("GET", second["next"]).json()
    assert [row["verb"] for row in third["results"]] == ["v0"]
    assert third["next"] is None
    back = call("GET", third["previous"]).json()
    assert back["results"] == second["results"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "", "1e2", "٣", "9" * 5000])
def test_bad_limits(call, limit):
    answer = call("GET", f"/api/v1/things?limit={limit}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_query")
    assert answer.json()["detail"] == "limit is a number from 1 to 200."


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%C3%A9",
        "",
        *(base64.b64encode(raw).decode() for raw in (b"p=abc", b"p=%00", b"o=-1", b"r=x")),
    ],
)
def test_bad_cursors(call, cursor):
    answer = call("GET", "/api/v1/things?cursor=" + cursor.replace("=", "%3D"))
    if cursor:
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_query")
        assert answer.json()["detail"] == "The cursor is not one of ours."
    else:
        assert answer.status_code == 200
