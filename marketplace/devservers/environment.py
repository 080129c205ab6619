"""`.local/env`: the secrets of a development run, made at random on first use, and what suits it.

Production gets its secrets from whoever runs it and refuses to start without; this file is read
only beside the embedded servers.
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from marketplace.devservers.errors import ServersError, sentence_for_os_error

_MAKERS: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    # The local Stripe takes any test key; these are as long as real ones.
    "STRIPE_SECRET_KEY": lambda: f"sk_test_{secrets.token_hex(24)}",
    "STRIPE_WEBHOOK_SECRETS": lambda: f"whsec_{secrets.token_hex(16)}",
    "STRIPE_THIN_WEBHOOK_SECRETS": lambda: f"whsec_{secrets.token_hex(16)}",
    # So little is earned in a small demo that nobody would reach a payout otherwise.
    "PAYOUT_MINIMUM_MINOR": lambda: "100",
}


def read_or_make(path: Path) -> dict[str, str]:
    """Return the variables in `path`; what it lacks is made at random and kept (mode 0600).

    Several processes may call this at once: they all get the same values.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            path.chmod(0o600)
            found = _parse(file.read(), path)
            missing = {name: make() for name, make in _MAKERS.items() if name not in found}
            file.write("".join(f"{name}={value}\n" for name, value in missing.items()))
            return found | missing
    except OSError as error:
        raise ServersError(sentence_for_os_error(error, f"keep secrets in {path}")) from error


def _parse(text: str, path: Path) -> dict[str, str]:
    """Read NAME=value lines; blank lines and # comments are passed over."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, sign, value = stripped.partition("=")
        if not sign or not name.isidentifier():
            raise ServersError(f"{path}, line {number}: expected NAME=value. Mend it or remove it.")
        found[name] = value
    return found
