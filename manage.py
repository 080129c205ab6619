#!/usr/bin/env python
"""Django's command line: `python manage.py help`.

Where the environment names no database, the embedded servers of this checkout are used: those of a
running `make up`, or a pair that lives as long as the command.
"""

import contextlib
import os
import sys

from django.core.management import execute_from_command_line

from marketplace.devservers import ServersError
from marketplace.devservers.session import development_environment


def main() -> int:
    """Run one command; what cannot start is said in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    needs_servers = not (
        os.environ.get("DATABASE_URL") or os.environ["DJANGO_SETTINGS_MODULE"] == "tests.settings"
    )
    try:
        with development_environment() if needs_servers else contextlib.nullcontext():
            execute_from_command_line(sys.argv)
    except ServersError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
