"""What a worker does for payouts in a drill: the jobs of production, with its death at hand."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from marketplace.core import outbox
from marketplace.ops.drill.killing import Doom
from payments import jobs
from payments.actions import outcomes
from payments.stripe import client, transfers

log = structlog.get_logger(__name__)

CRASHES = 0.08
TIMEOUT = (3, 1)
"""Seconds: shorter than in life, so that a call that hangs costs the drill little."""
NEW_KEY = "new-key"
SABOTAGES = (NEW_KEY,)


@dataclass(frozen=True, slots=True)
class Shift:
    """One worker's turn: which, in which round, and what is broken in it on purpose."""

    seed: int
    round: int
    place: int
    sabotage: str | None
    crashes: float = CRASHES

    def __call__(self, lives: int) -> None:
        """Do all that is due, once round, unless it dies; `lives` died at it before."""
        dice = random.Random(f"{self.seed}.{self.round}.{self.place}.{lives}")  # noqa: S311
        doom = Doom(dice, self.crashes)
        client.TIMEOUT = TIMEOUT
        client._client.cache_clear()
        if self.sabotage == NEW_KEY:
            _break_keys()
        _tempt_at_each_try(doom)
        doom.watch()
        doom.tempt()
        for work in (jobs.plan_payouts, _promised, jobs.send_payouts):
            _quietly(work)


def _tempt_at_each_try(doom: Doom) -> None:
    take = outcomes.take

    def tempting(payout_id: uuid.UUID) -> Any:
        row = take(payout_id)
        if row is not None:
            doom.tempt()
        return row

    outcomes.take = tempting


def _break_keys() -> None:
    """Each call under a key of its own: what the keys are there to prevent must now happen."""
    create = transfers.create_transfer

    def creating(*, attempt: int, **terms: Any) -> Any:
        return create(attempt=attempt * 10**9 + uuid.uuid4().int % 10**9, **terms)

    transfers.create_transfer = creating


def _promised() -> None:
    for pk, name in outbox.due():
        row = outbox.take(pk) if name.startswith("payments.") else None
        if row is not None:
            outbox.run(row)


def _quietly(work: Callable[[], Any]) -> None:
    """A job that fails is tried again later, as by Celery."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever it is, the figures at the end must be right
        log.warning("drill_job_failed", error=str(error))
