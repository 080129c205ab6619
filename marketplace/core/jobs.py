"""The only three Celery tasks: run one promised job, run one sweep, and wake what nudges missed."""

import uuid

import structlog
from celery import shared_task

from marketplace.core import files, outbox
from marketplace.core.api import idempotency
from marketplace.core.clock import Now
from marketplace.core.models import SweepBeat
from marketplace.core.registry import SWEEPS, sweep


@shared_task(name="core.run_job")
def run_job(pk: int) -> None:
    """Run the promised job of one outbox row, if it is due and nobody else has it."""
    row = outbox.take(pk)
    if row is not None:
        outbox.run(row)


@shared_task(name="core.run_sweep")
def run_sweep(name: str) -> None:
    """Run one registered sweep and note that it ended well. Two at once do no harm: sweeps skip
    locked rows.
    """
    with structlog.contextvars.bound_contextvars(request_id=uuid.uuid4().hex, sweep=name):
        SWEEPS[name].run()
    SweepBeat.objects.update_or_create(name=name, defaults={"at": Now()})


@sweep("core.sweep_outbox", every=1, queue="fast")
def sweep_outbox() -> None:
    """Wake every due row whose nudge was lost or whose worker died."""
    for pk, name in outbox.due():
        outbox.publish(name, pk)


@sweep("core.purge_idempotency_keys", every=600)
def purge_idempotency_keys() -> None:
    """Delete replies that were kept for 30 days."""
    idempotency.purge()


@sweep("core.sweep_orphans", every=3600)
def sweep_orphans() -> None:
    """Delete the bytes of uploads whose row was rolled back."""
    files.delete_orphans()
