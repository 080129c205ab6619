"""`manage.py drill payouts`: everything goes wrong, and the figures must still be right."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.devservers.errors import ServersError
from marketplace.ops.bench.table import Table
from marketplace.ops.drill import figures, payouts
from marketplace.ops.drive.browser import Surprise


class Command(BaseCommand):
    """Runs on a database and a local Stripe of its own, both dropped at the end."""

    help = (
        "Pay annotators while workers are killed and Stripe fails; fails unless each is paid once."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is drilled, then its options."""
        names = parser.add_subparsers(dest="drill", required=True, metavar="NAME")
        words = names.add_parser("payouts", help=(payouts.__doc__ or "").partition("\n")[0])
        words.add_argument("--json", type=Path, metavar="F", help="write the figures here too")
        payouts.add_arguments(words)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it; exit code 1 with a sentence for each run whose figures are wrong."""
        file: Path | None = options["json"]
        if file is not None and not file.absolute().parent.is_dir():
            raise CommandError(f"The folder of {file} does not exist.")
        try:
            found = payouts.run(options, Table(self.stdout))
        except (ServersError, Surprise) as error:
            raise CommandError(str(error)) from error
        if file is not None:
            shown = {seed: {key: one[key] for key in figures.KEYS} for seed, one in found.items()}
            content = shown if len(shown) > 1 else next(iter(shown.values()))
            file.write_text(json.dumps(content, indent=2) + "\n")
        wrong = {
            seed: says
            for seed, one in found.items()
            if (says := figures.failures(one, options["payouts"]))
        }
        if wrong:
            raise CommandError(
                "\n".join(f"seed {seed}: {', '.join(says)}." for seed, says in wrong.items())
            )
