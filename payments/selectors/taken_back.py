"""What was taken back: for its annotator, with how it was settled, and what waits for staff."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import AdverseAct
from marketplace.core import clock
from payments.models import Clawback, Dispute, Recovery
from payments.states import ClawbackState, DisputeState


@dataclass(frozen=True, slots=True)
class TakenBack:
    """One clawback as its annotator reads it. `act_page` shows the act with its rule."""

    row: Clawback
    act_page: str
    from_words: str
    state_words: str
    settled: Sequence[Recovery]
    contest_until: dt.datetime | None


def of_annotator(annotator_id: uuid.UUID) -> list[TakenBack]:
    """What was booked against an annotator, the newest first."""
    rows = list(
        Clawback.objects.filter(annotator_id=annotator_id, booked_at__isnull=False)
        .select_related("earning")
        .prefetch_related("recoveries")
        .order_by("-booked_at")
    )
    subjects = [f"clawback:{row.pk}" for row in rows]
    acts = dict(AdverseAct.objects.filter(subject__in=subjects).values_list("subject", "pk"))
    return [_shown(row, acts.get(f"clawback:{row.pk}")) for row in rows]


def _shown(row: Clawback, act_id: uuid.UUID | None) -> TakenBack:
    return TakenBack(
        row=row,
        act_page=f"/decisions/{act_id}/" if act_id else "",
        from_words=_from(row.taken_from),
        state_words=_state(row),
        settled=[one for one in row.recoveries.all() if one.undone_at is None],
        contest_until=_until(row),
    )


def _from(place: str) -> str:
    return {
        "pending": _("It was taken before it was paid."),
        "payable": _("It was taken before it was paid."),
        "debt": _("It was paid already, so later payouts keep up to %d %% of themselves for it.")
        % settings.DEBT_SHARE_PERCENT,
    }[place]


def _state(row: Clawback) -> str:
    if row.state == ClawbackState.REVERSED:
        return _("Found wrong, and given back")
    if row.decided_by:
        return _("Contested, and stands")
    return _("Contested: a person looks into it") if row.contested_at else _("Taken back")


def _until(row: Clawback) -> dt.datetime | None:
    """Until when it can be contested; None: not any more."""
    if row.state != ClawbackState.BOOKED or row.contested_at or row.booked_at is None:
        return None
    end = row.booked_at + dt.timedelta(days=settings.CONTEST_DAYS)
    return end if clock.now() < end else None


def waiting_count() -> int:
    """Clawbacks that wait for a second person, or for a decision on an objection."""
    asked = Clawback.objects.filter(state=ClawbackState.ASKED)
    contested = Clawback.objects.filter(
        state=ClawbackState.BOOKED, contested_at__isnull=False, decided_by=""
    )
    return (asked | contested).count()


def dispute_count() -> int:
    """Disputes and inquiries that are open."""
    return Dispute.objects.filter(state__in=[DisputeState.OPEN, DisputeState.INQUIRY]).count()
