"""`manage.py audit`: prove the books. Ends with 1 where anything is wrong."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.ops import proof


class Command(BaseCommand):
    """Runs every audit view and prints what it finds."""

    help = "Run every audit view; each must be empty."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where else to write the findings."""
        parser.add_argument("--json", type=Path, metavar="F", help="write the findings here too")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a proof, then the findings."""
        findings = proof.run()
        counts = proof.summary(findings)
        for name, meaning in proof.PROOFS.items():
            self.stdout.write(f"{'ok' if not counts[name] else counts[name]:>5}  {meaning}")
        for found in findings:
            self.stdout.write(f"{found.proof}: {found.subject}: {found.detail}")
        if options["json"]:
            rows = [asdict(found) for found in findings]
            text = json.dumps({"counts": counts, "findings": rows}, indent=2)
            options["json"].write_text(text, encoding="utf-8")
        if findings:
            sys.exit(1)
