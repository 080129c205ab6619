"""Tiers: how far the platform trusts what an annotator has shown, 1 to 4."""

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import adverse, guards
from accounts.models import AnnotatorProfile
from accounts.states import AdverseKind, PolicyRule
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, invalid

LOWEST, HIGHEST = 1, 4


def set_tier(
    *, annotator_id: uuid.UUID, tier: int, reason: str, by: Actor, evidence: Sequence[str] = ()
) -> AnnotatorProfile:
    """Move an annotator to a tier, with a reason that they read; the same tier changes nothing.

    A lower tier is an act against them, and is written down as one, with the `evidence`
    (`kind:id` or addresses) if there is any.
    """
    reason = guards.reason_of(reason)
    if not LOWEST <= tier <= HIGHEST:
        raise invalid("Which tier?", [Fault("/tier", f"{LOWEST} to {HIGHEST}.")])
    with transaction.atomic():
        row = guards.annotator_for(annotator_id, by)
        if row.tier != tier:
            was, row.tier = row.tier, tier
            page = _lost(row, reason, evidence, by) if tier < was else "/qualifications/"
            row.save(update_fields=["tier"])
            audit.record("set_tier", row, by=by, reason=reason, was=was, tier=tier)
            text = _("Your tier is %(tier)s now.") % {"tier": tier}
            guards.tell(row, "set_tier", text, reason=reason, link=page)
    return row


def _lost(row: AnnotatorProfile, reason: str, evidence: Sequence[str], by: Actor) -> str:
    act = adverse.record(
        annotator=row,
        kind=AdverseKind.TIER_LOSS,
        subject=f"annotator:{row.pk}",
        rule=PolicyRule.TIER,
        text=reason,
        evidence=evidence,
        by=by,
    )
    return adverse.page_of(act)
