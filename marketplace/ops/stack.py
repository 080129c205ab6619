"""The whole installation as real processes on this machine: web, worker, beat, local Stripe."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from marketplace.devservers import ports
from marketplace.devservers.supervisor import ProcessGroup

WEB_WORKERS = 2
WEB_THREADS = 4
JOB_PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Stack:
    """Where the running parts answer, and the group that can kill and restart them."""

    web: str
    stripe: str
    group: ProcessGroup


@contextmanager
def running(local: Path) -> Iterator[Stack]:
    """Migrate, start every process, wait until they answer; stop them all at the end.

    Raises ServersError with one sentence: a busy port, a process that ended at once, a full disk.
    """
    web_port, stripe_port = int(os.environ["WEB_PORT"]), int(os.environ["STRIPE_PORT"])
    ports.require_free(web_port, advice="set WEB_PORT")
    ports.require_free(stripe_port, advice="set STRIPE_PORT")
    call_command("migrate", verbosity=0, interactive=False)
    with ProcessGroup(local / "log") as group:
        group.start("stripe", _stripe(stripe_port, local))
        group.start("web", _web(web_port))
        group.start("worker", _worker())
        group.start("beat", _beat(local))
        group.wait_for_port("stripe", stripe_port)
        group.wait_for_port("web", web_port)
        yield Stack(settings.SITE_URL, settings.STRIPE_API_BASE, group)


def _python(*words: str) -> list[str]:
    return [sys.executable, "-m", *words]


def _stripe(port: int, local: Path) -> list[str]:
    hooks = f"{settings.SITE_URL}/webhooks/stripe/"
    return _python(
        "payments.devstripe",
        *("--port", str(port), "--state", str(local / "stripe.json")),
        *("--webhook", hooks, "--webhook-secret", settings.STRIPE_WEBHOOK_SECRETS[0]),
        *("--thin-webhook", f"{hooks}thin/"),
        *("--thin-secret", settings.STRIPE_THIN_WEBHOOK_SECRETS[0]),
    )


def _web(port: int) -> list[str]:
    return _python(
        "granian",
        *("--interface", "wsgi", "--host", ports.LOOPBACK, "--port", str(port)),
        *("--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS)),
        *("--log-level", "warning", "--no-ws", "marketplace.wsgi:application"),
    )


def _worker() -> list[str]:
    return _python(
        "celery",
        *("-A", "marketplace", "worker", "-Q", "fast,slow", "-c", str(JOB_PROCESSES)),
        *("-l", "WARNING", "--without-gossip", "--without-mingle"),
    )


def _beat(local: Path) -> list[str]:
    return _python(
        "celery",
        *("-A", "marketplace", "beat", "-l", "WARNING", "--pidfile="),
        *("-s", str(local / "beat-schedule")),
    )
