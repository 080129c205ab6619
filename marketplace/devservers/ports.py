"""TCP ports on this machine: is one free, does something answer."""

import socket
from contextlib import closing

from marketplace.devservers.errors import ServersError

LOOPBACK = "127.0.0.1"


def require_free(port: int, *, host: str = LOOPBACK, advice: str = "choose another one") -> None:
    """Refuse a port that another program listens on."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServersError(
                f"Port {port} on {host} is not free ({error.strerror}): end the program that "
                f"uses it, or {advice}."
            ) from None


def free_port(host: str = LOOPBACK) -> int:
    """Return a port that is free now."""
    with closing(socket.socket()) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int, *, host: str = LOOPBACK) -> bool:
    """Say whether something takes connections there."""
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
