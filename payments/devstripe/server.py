"""Starting and stopping the local Stripe inside a process, as the tests and `__main__` do."""

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from payments.devstripe.constants import PAYOUT_SECONDS, SETTLE_SECONDS
from payments.devstripe.delivery import Courier, Hook
from payments.devstripe.handler import Server
from payments.devstripe.local import LocalStripe
from payments.devstripe.state import Settings, State


class Running:
    """A local Stripe that listens: its address, its state, and the switch to turn it off."""

    def __init__(self, server: Server, courier: Courier) -> None:
        self._server, self._courier = server, courier
        self._thread = threading.Thread(
            target=server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="devstripe-server",
            daemon=True,
        )
        self.address = f"http://127.0.0.1:{server.server_port}"
        self.base_url = server.state.settings.base_url
        self.stripe = LocalStripe(server.state)
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
        """Stop listening, cut every connection, stop delivering."""
        self._courier.stop()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join(5.0)

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
    hooks: Sequence[Hook] = (),
) -> Running:
    """Listen on 127.0.0.1; port 0 takes a free one. `public_base` is where its pages are reached.

    Raises OSError where the port is taken.
    """
    courier = Courier(hooks=list(hooks))
    settings = Settings(settle_seconds=settle_seconds, payout_seconds=payout_seconds)
    state = State(settings, courier)
    server = Server(port, state)
    base = public_base or f"http://127.0.0.1:{server.server_port}"
    state.settings = Settings(base.rstrip("/"), settle_seconds, payout_seconds)
    return Running(server, courier)
