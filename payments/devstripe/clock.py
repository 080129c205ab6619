"""The local Stripe's own clock: the machine's time plus an offset that only moves forward."""

import re
import time
from datetime import UTC, datetime


class Clock:
    """Seconds since 1970, moved by tests and the demo so that holds and settlement pass at once."""

    def __init__(self) -> None:
        self.offset = 0

    def now(self) -> int:
        """Whole seconds since 1970, offset included."""
        return int(time.time()) + self.offset

    def advance(self, seconds: int) -> int:
        """Move forward and return the new time. Refuses to go back (ValueError)."""
        if seconds < 0:
            raise ValueError("The clock only moves forward.")
        self.offset += seconds
        return self.now()

    def stamp(self, at: int | None = None) -> str:
        """A v2 time stamp, RFC 3339 in UTC with milliseconds."""
        moment = datetime.fromtimestamp(self.now() if at is None else at, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def shown(self, at: int | None = None) -> str:
        """A moment for people, in UTC to the minute."""
        moment = datetime.fromtimestamp(self.now() if at is None else at, UTC)
        return moment.strftime("%Y-%m-%d %H:%M UTC")


def read_stamp(text: str) -> int:
    """Seconds since 1970 of an RFC 3339 time stamp. Raises ValueError for anything else."""
    if not re.match(r"\d{4}-\d\d-\d\dT", text):
        raise ValueError(f"Not a time stamp: {text}")
    moment = datetime.fromisoformat(text)
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
