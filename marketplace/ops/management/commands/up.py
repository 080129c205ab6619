"""`manage.py up`: everything on this machine, until Ctrl-C."""

import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from marketplace.ops import logins, stack

LOOK = 0.5


class Command(BaseCommand):
    """Serve the marketplace here; after a demo, its world with one login for each role."""

    help = "Run web, worker, beat, database and the local Stripe on this machine."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, say where, and wait."""
        at = stack.addresses()
        call_command("migrate", verbosity=0, interactive=False)
        with stack.running(settings.LOCAL_DIR, at) as running:
            self.stdout.write(f"Marketplace:  {running.web}\nLocal Stripe: {running.stripe}")
            self.stdout.write(
                f"Mail lands in {settings.LOCAL_DIR / 'mail'}, logs in log/ beside it."
            )
            for line in logins.lines(settings.LOCAL_DIR):
                self.stdout.write(line)
            self.stdout.write("Ctrl-C ends it.")
            self.stdout.flush()
            try:
                while True:
                    running.tend()
                    time.sleep(LOOK)
            except KeyboardInterrupt:
                self.stdout.write("Stopping.")
