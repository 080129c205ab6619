"""One Valkey: started, waited for. It carries messages and a cache; it holds no truth."""

import signal
import socket
import subprocess
import time
from pathlib import Path

from marketplace.devservers import binaries
from marketplace.devservers.errors import ServersError, log_tail, sentence_for_output
from marketplace.devservers.home import own, reachable_programs
from marketplace.devservers.place import Place
from marketplace.devservers.process import spawn

STOP = signal.SIGTERM
_START_SECONDS = 60
_DURABLE = ["--appendonly", "yes", "--appendfsync", "everysec"]
_THROW_AWAY = ["--save", "", "--appendonly", "no"]


def socket_path(sockets: Path) -> Path:
    """Return the path of the server's socket."""
    return sockets / "valkey.sock"


def redis_url(sockets: Path) -> str:
    """Return the URL that Django's cache and redis-py read."""
    return f"unix://{socket_path(sockets)}"


def broker_url(sockets: Path) -> str:
    """Return the URL that Celery reads."""
    return f"redis+socket://{socket_path(sockets)}"


def start(place: Place) -> subprocess.Popen[bytes]:
    """Start Valkey and return once it answers."""
    program = binaries.valkey_program()
    program = reachable_programs(program.parent, place.home, place.identity) / program.name
    folder = own(place.home / "valkey", place.identity)
    command: list[str | Path] = [program, "--port", "0", "--daemonize", "no"]
    command += ["--unixsocket", socket_path(place.sockets), "--unixsocketperm", "700"]
    command += ["--dir", folder, "--maxmemory-policy", "noeviction"]
    command += _THROW_AWAY if place.ephemeral else _DURABLE
    with place.log.open("ab") as log:
        process = spawn(
            command,
            log=log,
            at_parents_death=STOP,
            identity=place.identity,
            keep_open=[place.lock],
        )
    deadline = time.monotonic() + _START_SECONDS
    while not answers(place.sockets):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise ServersError(sentence_for_output("Valkey", log_tail(place.log)))
        time.sleep(0.005)
    return process


def answers(sockets: Path) -> bool:
    """Say whether a server behind that socket is ready: it has read its data back."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(socket_path(sockets)))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
