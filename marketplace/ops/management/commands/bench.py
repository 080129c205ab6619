"""`manage.py bench NAME`: what the marketplace does a second, beside what the machine could do."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.devservers.errors import ServersError
from marketplace.ops.bench import machine
from marketplace.ops.bench.registry import BENCHMARKS, sentence
from marketplace.ops.bench.table import Table
from marketplace.ops.drive.browser import Surprise


class Command(BaseCommand):
    """One benchmark a name; each measures on a database of its own and drops it."""

    help = "Measure; ratios to bare SQL of the same run say what the rules cost."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A benchmark's name, then its own options."""
        names = parser.add_subparsers(dest="benchmark", metavar="NAME")
        for name, benchmark in BENCHMARKS.items():
            words = names.add_parser(name, help=sentence(benchmark))
            words.add_argument("--json", type=Path, metavar="F", help="write the figures here too")
            benchmark.add_arguments(words)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the one that was named; without a name, say which there are."""
        if options["benchmark"] is None:
            self._list()
            return
        file: Path | None = options["json"]
        if file is not None and not file.absolute().parent.is_dir():
            raise CommandError(f"The folder of {file} does not exist.")
        table = Table(self.stdout)
        before = machine.load()
        table.say(f"before: {machine.sentence(before)}")
        try:
            figures = BENCHMARKS[options["benchmark"]].run(options, table)
        except (ServersError, Surprise) as error:
            raise CommandError(str(error)) from error
        after = machine.load()
        table.say(f"after: {machine.sentence(after)}")
        if file is not None:
            figures |= {"load": {"before": before, "after": after}}
            file.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")

    def _list(self) -> None:
        self.stdout.write("Which? `make bench ARGS=NAME`, and `make bench ARGS='NAME --help'`.")
        for name, benchmark in BENCHMARKS.items():
            self.stdout.write(f"  {name:<12} {sentence(benchmark)}")
