"""What the platform itself pays an annotator: a paid exam, goodwill after a mistake of ours."""

import uuid

from django.db import transaction

from accounts.models import AnnotatorProfile
from marketplace.core import audit
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused, invalid
from payments.actions import holds
from payments.actions.ledger import Posting, post
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.currencies import CURRENCIES
from payments.models import Earning
from payments.states import AWARDS, EarningKind

MOST_MINOR = 10_000_000  # as of a price: more is a slip of the finger


@transaction.atomic
def award(
    *,
    award_id: uuid.UUID,
    annotator_id: uuid.UUID,
    kind: EarningKind,
    label: str,
    currency: str,
    amount_minor: int,
    by: Actor,
) -> Earning:
    """Pay an annotator from the platform's own money, once for each `award_id`.

    Refuses (403) who is neither staff nor a job of ours, and (422) another kind than an award's, an
    empty label, an unknown currency, and amounts that are not from 1 to ten million minor units.
    """
    if by.kind not in (ActorKind.STAFF, ActorKind.JOB):
        raise Refused("not_permitted", "Only the platform awards its own money.", status=403)
    if kind not in AWARDS or not label.strip() or currency not in CURRENCIES:
        raise invalid("An award has a kind, a sentence for the annotator and a known currency.")
    if type(amount_minor) is not int or not 0 < amount_minor <= MOST_MINOR:
        raise invalid("An amount of money is a positive whole number of minor units.")
    if not AnnotatorProfile.objects.filter(pk=annotator_id).exists():
        raise NotFound("annotator")
    hold = holds.of([annotator_id])[annotator_id]
    line = {"kind": "award", "amount_minor": amount_minor, "text": label[:200]}
    row, new = Earning.objects.get_or_create(
        source=f"award:{award_id}",
        defaults={
            "annotator_id": annotator_id,
            "kind": kind,
            "pot": PLATFORM,
            "label": label[:200],
            "currency": currency,
            "amount_minor": amount_minor,
            "lines": [line],
            "hold_until": hold.until,
            "hold_reason": hold.reason,
        },
    )
    if new:
        audit.record("awarded", row, by=by, reason=label, amount_minor=amount_minor)
    legs = [
        ("platform_cost", PLATFORM, -amount_minor),
        ("annotator_pending", owner("annotator", annotator_id), amount_minor),
    ]
    post([Posting(f"award:{award_id}", "award", legs, currency)], by=by)
    return row
