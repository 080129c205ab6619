"""`manage.py load_taxonomy`: bring the domains up to date with the file."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.actions import taxonomy
from marketplace.core.actors import command


class Command(BaseCommand):
    """Adds and renames domains; may be run at any time, any number of times."""

    help = "Load the taxonomy of domains from accounts/taxonomy.json."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say what changed."""
        added, renamed = taxonomy.load(by=command("load_taxonomy"))
        self.stdout.write(f"{added} added, {renamed} renamed.")
