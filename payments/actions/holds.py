"""How long earned money waits before it can be paid, and why."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings

from marketplace.core import clock


@dataclass(frozen=True, slots=True)
class Hold:
    """Until when an earning waits, and the reason in a sentence for its annotator."""

    until: dt.datetime
    reason: str


def of(annotator_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Hold]:
    """The hold of what each annotator earns now."""
    days = settings.HOLD_DAYS
    until = clock.now() + dt.timedelta(days=days)
    reason = f"Accepted work is held for {days} days before it can be paid."
    return {annotator_id: Hold(until, reason) for annotator_id in annotator_ids}
