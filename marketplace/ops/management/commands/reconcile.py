"""`manage.py reconcile [NAME ...]`: compare our books with every other record, now."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.core.actors import command
from marketplace.ops import reconciling
from payments.states import ComparisonName


class Command(BaseCommand):
    """Runs comparisons (all, or those named) and prints what each found. Ends with 1 where one
    found a difference, and with 2 where one could not be done.
    """

    help = "Compare the books with Stripe and with themselves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which, and where else to write what came of it."""
        known = ", ".join(reconciling.names())
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {known}; none: all")
        parser.add_argument("--json", type=Path, metavar="F", help="write the outcomes here too")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a comparison."""
        by = command("reconcile")
        names = [_known(name) for name in options["names"]] or reconciling.names()
        rows = [reconciling.compare(name, by=by) for name in names]
        for row in rows:
            said = row.failure or f"{row.checked} checked, {row.differences} differences"
            self.stdout.write(f"{'ok' if row.proves else '!!':>3}  {row.name.label}: {said}")
        if options["json"]:
            shown = {
                row.name: {
                    "checked": row.checked,
                    "differences": row.differences,
                    "failure": row.failure,
                    "facts": row.facts,
                }
                for row in rows
            }
            options["json"].write_text(json.dumps(shown, indent=2), encoding="utf-8")
        if any(row.failure for row in rows):
            sys.exit(2)
        if any(row.differences for row in rows):
            sys.exit(1)


def _known(name: str) -> ComparisonName:
    if name not in reconciling.names():
        raise CommandError(f"There is no comparison {name!r}: {', '.join(reconciling.names())}.")
    return ComparisonName(name)
