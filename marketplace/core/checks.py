"""`manage.py check`: settings that lose work or money when they are wrong. Reasons:
docs/architecture.md.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from marketplace.core.registry import JOBS

SHORTEST_SECRET = 40
# Measured: each of these, set otherwise, loses or repeats messages or lets short jobs starve.
CELERY = {
    "CELERY_RESULT_BACKEND": None,
    "CELERY_TASK_IGNORE_RESULT": True,
    "CELERY_TASK_ACKS_LATE": True,
    "CELERY_TASK_REJECT_ON_WORKER_LOST": False,
    "CELERY_TASK_CREATE_MISSING_QUEUES": False,
    "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
    "CELERY_ENABLE_UTC": True,
    "CELERY_TIMEZONE": "UTC",
    "CELERY_ACCEPT_CONTENT": ["json"],
}


@register
def celery_options(**_: Any) -> list[CheckMessage]:
    """core.E001: the measured options; core.E002: a message may not come back while its job can
    still run.
    """
    wrong = [
        Error(f"{name} must be {value!r}.", id="core.E001")
        for name, value in CELERY.items()
        if getattr(settings, name, "unset") != value
    ]
    visible: Any = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("visibility_timeout", 3600)
    if visible <= 2 * settings.CELERY_TASK_TIME_LIMIT:
        wrong.append(
            Error("visibility_timeout must be over twice the time limit of a job.", id="core.E002")
        )
    return list(wrong)


@register
def clock_is_real(**_: Any) -> list[CheckMessage]:
    """core.E003: only a demo's or test's clock moves."""
    if settings.CLOCK_MOVABLE and settings.SITE_URL.startswith("https://"):
        return [Error("CLOCK_MOVABLE is on where SITE_URL is https.", id="core.E003")]
    return []


@register
def secret_is_long(**_: Any) -> list[CheckMessage]:
    """core.E004: sessions and links are signed with it."""
    if not settings.DEBUG and len(settings.SECRET_KEY) < SHORTEST_SECRET:
        hint = f"At least {SHORTEST_SECRET} random characters."
        return [Error("SECRET_KEY is too short.", hint=hint, id="core.E004")]
    return []


@register
def subscriptions_lead_somewhere(**_: Any) -> list[CheckMessage]:
    """core.E005: every job that an event promises exists."""
    return list(_dead_ends(import_string(settings.SUBSCRIPTIONS)))


def _dead_ends(subscriptions: dict[str, tuple[str, ...]]) -> Iterator[CheckMessage]:
    for event, jobs in subscriptions.items():
        for job in jobs:
            if job not in JOBS:
                yield Error(f"{event} promises {job}, which is no job.", id="core.E005")
