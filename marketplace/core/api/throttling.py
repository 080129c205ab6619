"""How many requests an actor may make: a fixed window counted in the cache, told in RateLimit
headers.

The limit protects the service from a mistaken loop; it guards no secret. So when the cache is down
everybody passes, and the cache is left alone for some seconds, so that a half-open one does not
slow every request.
"""

import functools
import re
import time
from typing import Any

import structlog
from django.conf import settings
from redis import Redis
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from marketplace.core.api.keys import auth_of

log = structlog.get_logger(__name__)

_SECONDS = {"sec": 1, "min": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"(\d+)/(sec|min|hour|day)")
REST_AFTER_FAILURE = 5.0  # seconds without asking a cache that failed


class ActorThrottle(BaseThrottle):
    """`DEFAULT_THROTTLE_RATES["actor"]` requests a window (`3000/min`) for each actor."""

    _asks_again_at = 0.0  # of the whole process

    def __init__(self) -> None:
        self.limit, self.window = parse_rate(str(api_settings.DEFAULT_THROTTLE_RATES["actor"]))

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request; leaves the figures for the headers on the view."""
        auth = auth_of(request)
        if auth is None:
            return True
        now = time.time()
        self.left_seconds = self.window - int(now) % self.window
        used = self._count(f"marketplace:throttle:{auth.actor.key}:{int(now) // self.window}")
        if used is None:
            return True
        view.rate_limit = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.limit - used)),
            "RateLimit-Reset": str(self.left_seconds),
        }
        return used <= self.limit

    def wait(self) -> float:
        """Seconds to the next window."""
        return self.left_seconds

    def _count(self, key: str) -> int | None:
        """How many requests this window has seen with this one; None while the cache is down."""
        kind = type(self)
        if time.monotonic() < kind._asks_again_at:
            return None
        try:
            return self._incremented(key)
        except Exception as error:  # noqa: BLE001 - a cache fails in many ways, and none may refuse work
            kind._asks_again_at = time.monotonic() + REST_AFTER_FAILURE
            log.warning("throttle_cache_down", error=str(error))
            return None

    def _incremented(self, key: str) -> int:
        """Counted and given its end in one round trip."""
        line = counters().pipeline(transaction=False)
        line.incr(key)
        line.expire(key, 2 * self.window, nx=True)
        return int(line.execute()[0])


@functools.cache
def counters() -> Redis:
    """One client for the life of the process: Django's cache makes a new one for each command."""
    options: Any = settings.CACHES["default"]["OPTIONS"]
    return Redis.from_url(settings.REDIS_URL, **options)


def parse_rate(rate: str) -> tuple[int, int]:
    """`3000/min` as (requests, seconds)."""
    match = _RATE.fullmatch(rate)
    if match is None:
        raise ValueError(
            f"API_RATE is a number per sec, min, hour or day, like 3000/min, not {rate}."
        )
    return int(match[1]), _SECONDS[match[2]]
