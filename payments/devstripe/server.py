"""Starting and stopping the local Stripe inside a process, as the tests and `__main__` do."""

import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from payments.devstripe.constants import PAYOUT_SECONDS, SETTLE_SECONDS
from payments.devstripe.delivery import Courier, Hook
from payments.devstripe.handler import Server
from payments.devstripe.local import LocalStripe
from payments.devstripe.saving import Saver, dump, load, write
from payments.devstripe.state import Settings, State


class Running:
    """A local Stripe that listens: its address, its state, and the switch to turn it off."""

    def __init__(self, server: Server, courier: Courier, saver: Saver | None) -> None:
        self._server, self._courier, self._saver = server, courier, saver
        self._thread = threading.Thread(
            target=server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="devstripe-server",
            daemon=True,
        )
        self.address = f"http://127.0.0.1:{server.server_port}"
        self.base_url = server.state.settings.base_url
        self.stripe = LocalStripe(server.state)
        if saver is not None:
            saver.start()
        courier.start()
        self._thread.start()

    @property
    def crashes(self) -> list[str]:
        """Tracebacks of our own bugs; a test asserts that there are none."""
        return self._server.crashes

    def wait(self) -> None:
        """Block until the server ends."""
        while self._thread.is_alive():
            self._thread.join(1.0)

    def close(self) -> None:
        """Stop listening, cut every connection, stop delivering, save."""
        self._courier.stop()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join(5.0)
        if self._saver is not None:
            self._saver.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def start(
    port: int = 0,
    *,
    public_base: str | None = None,
    settle_seconds: int = SETTLE_SECONDS,
    payout_seconds: int | None = PAYOUT_SECONDS,
    transfer_seconds: int = 0,
    hooks: Sequence[Hook] = (),
    state_file: Path | None = None,
) -> Running:
    """Listen on 127.0.0.1; port 0 takes a free one. `public_base` is where its pages are reached.

    With a `state_file` what it knows outlives it. Raises OSError where the port is taken or the
    file cannot be read or written, ValueError where the file is not a saved state.
    """
    courier = Courier(hooks=list(hooks))
    state = State(Settings(), courier)
    server = Server(port, state)
    base = public_base or f"http://127.0.0.1:{server.server_port}"
    state.settings = Settings(base.rstrip("/"), settle_seconds, payout_seconds, transfer_seconds)
    return Running(server, courier, saver_for(state, server, state_file))


def saver_for(state: State, server: Server, path: Path | None) -> Saver | None:
    """Read the saved state, if there is one, and return who keeps it up to date."""
    if path is None:
        return None
    try:
        if path.exists():
            load(state, path.read_text(encoding="utf-8"))
        write(path, dump(state))  # a place that cannot be written is told now, not after an hour
        return Saver(state, path, sys.stderr.write)
    except ValueError as error:
        server.server_close()
        raise ValueError(f"{path} cannot be used: {error}. Remove it to begin anew.") from error
    except OSError:
        server.server_close()
        raise
