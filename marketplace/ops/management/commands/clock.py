"""`manage.py clock --advance 8d`: move the marketplace's time forward, in a demo or a drill."""

import datetime as dt
import re
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.core import clock
from marketplace.core.errors import Refused

UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
SPAN = re.compile(r"(?:\d{1,6}[dhms])+")
PART = re.compile(r"(\d+)([dhms])")


def span(text: str) -> dt.timedelta:
    """`8d`, `36h`, `1d12h`, `90m`, `30s` as a time span.

    >>> span("1d12h")
    datetime.timedelta(days=1, seconds=43200)
    """
    if not SPAN.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is no span of time: write 8d, 36h, 1d12h, 90m or 30s.")
    parts = dict.fromkeys(UNITS.values(), 0)
    for number, unit in PART.findall(text):
        parts[UNITS[unit]] += int(number)
    return dt.timedelta(**parts)


class Command(BaseCommand):
    """Says what time the marketplace has; with --advance, moves it first."""

    help = "Show the marketplace's time, or move it forward where the clock is movable."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How far; time never goes back."""
        parser.add_argument("--advance", type=span, metavar="SPAN", help="8d, 36h, 1d12h, 90m, 30s")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refused in one sentence where the clock is fixed."""
        try:
            now = clock.advance(options["advance"]) if options["advance"] else clock.now()
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(now.isoformat(timespec="seconds"))
