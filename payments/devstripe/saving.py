"""Keeping the state in a file, so that a restarted local Stripe still knows its accounts and money.

The file is written a moment after each change and when the server ends, whole and by rename: it is
either the old one or the new one. Calls seen and faults are not kept.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from payments.devstripe.constants import PLATFORM, Json
from payments.devstripe.endpoints import (
    accounts,
    bank_refunds,
    checkout,
    invoices,
    payouts,
    topups,
    webhook_endpoints,
)
from payments.devstripe.state import Context, State

FORMAT: Final = 1
PAUSE_SECONDS: Final = 0.5
SHARE: Final = 20
"""Saving takes at most one part in this many of the time."""


def dump(state: State) -> str:
    """The state as JSON text."""
    with state.lock:
        return json.dumps(
            {
                "format": FORMAT,
                "offset": state.clock.offset,
                "rows": state.store.everything(),
                "notes": state.store.notes,
                "keys": state.keys.saved(),
                "waiting": state.courier.saved(),
            }
        )


def load(state: State, text: str) -> None:
    """Put a saved state in place of the present one. Raises ValueError for what is none."""
    try:
        saved = json.loads(text)
        if saved["format"] != FORMAT:
            raise ValueError(f"format {saved['format']} is not {FORMAT}")
        with state.lock:
            state.reset()
            _restore(state, saved)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is not a saved state ({error!r})") from error


def _restore(state: State, saved: Json) -> None:
    state.clock.offset = int(saved["offset"])
    events = {}
    for owner, row in saved["rows"]:
        state.store.put(row, owner=owner)
        if row["object"] == "balance_transaction":
            state.books.count(row, owner)
        if row["object"] in ("event", "v2.core.event"):
            events[row["id"]] = row
    state.store.notes.update(saved["notes"])
    state.keys.restore(saved["keys"])
    ctx = Context(state)
    webhook_endpoints.resume(ctx)
    state.courier.restore(saved["waiting"], events.get)
    topups.resume(ctx)
    bank_refunds.resume(ctx)
    payouts.resume(ctx, PLATFORM)
    checkout.resume(ctx, PLATFORM)
    invoices.resume(ctx)
    for account in state.store.newest_first(accounts.KIND):
        checkout.resume(ctx, account["id"])
        payouts.resume(ctx, account["id"])


def write(path: Path, text: str) -> None:
    """Replace the file at once, readable by its owner alone."""
    new = path.with_name(f"{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


class Saver:
    """Writes the state to its file whenever it changed, from a thread of its own."""

    def __init__(self, state: State, path: Path, report: Callable[[str], object]) -> None:
        self._state, self._path, self._report = state, path, report
        self._saved = -1
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="devstripe-saver", daemon=True)

    def start(self) -> None:
        """Begin to watch for changes."""
        self._thread.start()

    def stop(self) -> None:
        """Write a last time and end."""
        self._ended.set()
        self._thread.join(10.0)
        self._save()

    def _run(self) -> None:
        pause = PAUSE_SECONDS
        while not self._ended.wait(pause):
            pause = max(PAUSE_SECONDS, SHARE * self._save())

    def _save(self) -> float:
        """Write if anything changed; returns the seconds it took. A full disk is only reported."""
        began, version = time.monotonic(), self._state.version
        if version != self._saved:
            try:
                write(self._path, dump(self._state))
                self._saved = version
            except OSError as error:
                self._report(f"The local Stripe cannot save its state: {error}\n")
        return time.monotonic() - began
