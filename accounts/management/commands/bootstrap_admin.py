"""`manage.py bootstrap_admin --email you@example.org`: the first staff account."""

import getpass
import os
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts.actions import staff
from marketplace.core.actors import command
from marketplace.core.errors import Refused

_VARIABLE = "BOOTSTRAP_ADMIN_PASSWORD"


class Command(BaseCommand):
    """Makes the first administrator; everybody after goes through the doors."""

    help = f"Make the first administrator. The password comes from {_VARIABLE} or a prompt."

    def add_arguments(self, parser: CommandParser) -> None:
        """The address; a password is never an argument, since other users see those."""
        parser.add_argument("--email", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, make, and say what comes next."""
        email = str(options["email"])
        password = os.environ.get(_VARIABLE) or self._ask()
        try:
            validate_email(email)
            validate_password(password)
            staff.bootstrap(email=email, password=password, by=command("bootstrap_admin"))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except Refused as refused:
            raise CommandError(refused.message) from None
        self.stdout.write(
            f"{email} is an administrator. Sign in at /admin/; a second factor is set up first."
        )

    def _ask(self) -> str:
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Password (again): "):
            raise CommandError("The two passwords differ.")
        return password
