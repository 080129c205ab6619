"""One command's environment on a machine that names no database: servers, secrets, addresses."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from marketplace.devservers.environment import read_or_make
from marketplace.devservers.servers import Servers

ROOT = Path(__file__).resolve().parent.parent.parent
LOCAL = Path(os.environ.get("LOCAL_DIR") or ROOT / ".local")
WEB_PORT = 8000
STRIPE_PORT = 12111


def _addresses() -> dict[str, str]:
    """Where a development run answers, unless the environment says otherwise."""
    web = os.environ.get("WEB_PORT", str(WEB_PORT))
    stripe = os.environ.get("STRIPE_PORT", str(STRIPE_PORT))
    return {
        "WEB_PORT": web,
        "STRIPE_PORT": stripe,
        "SITE_URL": f"http://127.0.0.1:{web}",
        "STRIPE_API_BASE": f"http://127.0.0.1:{stripe}",
        "LOCAL_DIR": str(LOCAL),
        "CLOCK_MOVABLE": "1",
        "SERVE_SOURCES": "1",
    }


@contextmanager
def development_environment() -> Iterator[Servers]:
    """Start or share the embedded servers and put all that settings read into the environment.

    What the environment holds already wins. Raises ServersError with one sentence.
    """
    with Servers(LOCAL) as servers:
        found = servers.environment() | read_or_make(LOCAL / "env") | _addresses()
        for name, value in found.items():
            os.environ.setdefault(name, value)
        # Whether this command may do with the servers what it likes: nobody else uses them.
        os.environ["EMBEDDED_SERVERS"] = "shared" if servers.attached else "own"
        yield servers
