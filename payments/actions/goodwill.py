"""Goodwill: what staff pay an annotator from the platform's own money, and why.

Up to a limit one person may; above it a second one decides. The limit is about what an annotator
was given by single persons in ALONE_DAYS, so that a large sum cannot be paid in small ones.
"""

import datetime as dt
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.actions import guards, notices
from accounts.models import AnnotatorProfile
from marketplace.core import audit, clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import lock, move
from payments.actions import awards
from payments.currencies import CURRENCIES, major
from payments.models import GoodwillRequest
from payments.models.goodwill import LONGEST_REASON
from payments.states import GOODWILL_MOVES, EarningKind, GoodwillState

ALONE_DAYS = 30
PAGE = "/earnings/"


@transaction.atomic
def request(
    *,
    annotator_id: uuid.UUID,
    currency: str,
    amount_minor: int,
    reason: str,
    by: Actor,
    goodwill_id: uuid.UUID | None = None,
) -> GoodwillRequest:
    """Pay an annotator goodwill at once, or above the limit once a second person agrees.

    The same `goodwill_id` again is the same request. Refuses (403) who is not staff, and one's own
    profile; (422) amounts from outside 1 to ten million, unknown currencies, no or a long reason.
    """
    annotator = _annotator(annotator_id, by)
    known = GoodwillRequest.objects.filter(pk=goodwill_id).first() if goodwill_id else None
    if known is not None:
        return known
    reason = reason.strip()
    _check(currency, amount_minor, reason)
    named = {"pk": goodwill_id} if goodwill_id else {}
    row = GoodwillRequest.objects.create(
        **named,
        annotator=annotator,
        currency=currency,
        amount_minor=amount_minor,
        reason=reason,
        asked_by=by.key,
    )
    audit.record("asked_goodwill", row, by=by, reason=reason, amount_minor=amount_minor)
    if _given_alone(annotator, currency) + amount_minor <= alone_minor(currency):
        _pay(row, annotator, by=by)
    return row


@transaction.atomic
def approve(*, goodwill_id: uuid.UUID, by: Actor) -> GoodwillRequest:
    """A second member of staff lets it be paid; refuses (403) who asked, and the annotator."""
    row, annotator = _to_decide(goodwill_id, by)
    if row.asked_by == by.key:
        raise Refused("not_oneself", "A second person must approve this.", status=403)
    row.decided_by = by.key
    audit.record("approved_goodwill", row, by=by, reason=row.reason, amount_minor=row.amount_minor)
    _pay(row, annotator, by=by)
    return row


@transaction.atomic
def decline(*, goodwill_id: uuid.UUID, by: Actor, reason: str) -> GoodwillRequest:
    """It is not paid, for a reason that the audit keeps: said by a second person, or by who asked.

    Nothing was said to the annotator, and nothing is.
    """
    reason = guards.reason_of(reason)
    row, _annotator_row = _to_decide(goodwill_id, by)
    decided = "" if by.key == row.asked_by else by.key
    move(row, GoodwillState.DECLINED, GOODWILL_MOVES, decided_by=decided, ended_at=Now())
    row.refresh_from_db()
    audit.record("declined_goodwill", row, by=by, reason=reason)
    return row


def alone_minor(currency: str) -> int:
    """The most that one person may give an annotator in ALONE_DAYS, in minor units.

    GOODWILL_ALONE_MINOR is that of the US dollar; others are as much higher or lower as the least
    payout of their currency is, which is worth about the same everywhere.
    """
    scale = CURRENCIES[currency].minimum_payout_minor
    return settings.GOODWILL_ALONE_MINOR * scale // CURRENCIES["usd"].minimum_payout_minor


def _annotator(annotator_id: uuid.UUID, by: Actor) -> AnnotatorProfile:
    """Under its lock, so that two payments of one person cannot both be the first."""
    if by.kind is not ActorKind.STAFF:
        raise Refused("staff_only", "This is for staff only.", status=403)
    return guards.annotator_for(annotator_id, by)


def _check(currency: str, amount_minor: int, reason: str) -> None:
    faults = []
    if currency not in CURRENCIES:
        faults.append(Fault("/currency", f"The currencies are {', '.join(sorted(CURRENCIES))}."))
    elif type(amount_minor) is not int or not 0 < amount_minor <= awards.MOST_MINOR:
        bounds = f"{major(1, currency)} to {major(awards.MOST_MINOR, currency)}"
        faults.append(Fault("/amount_minor", f"It is {bounds}."))
    if not 1 <= len(reason) <= LONGEST_REASON:
        faults.append(Fault("/reason", f"1 to {LONGEST_REASON} characters."))
    if faults:
        raise invalid("Goodwill cannot be paid like this.", faults)


def _given_alone(annotator: AnnotatorProfile, currency: str) -> int:
    since = clock.now() - dt.timedelta(days=ALONE_DAYS)
    rows = GoodwillRequest.objects.filter(
        annotator=annotator,
        currency=currency,
        state=GoodwillState.PAID,
        decided_by="",
        created_at__gt=since,
    )
    return rows.aggregate(minor=Sum("amount_minor"))["minor"] or 0


def _to_decide(goodwill_id: uuid.UUID, by: Actor) -> tuple[GoodwillRequest, AnnotatorProfile]:
    row = GoodwillRequest.objects.filter(pk=goodwill_id).first()
    if row is None:
        raise NotFound("goodwill request")
    annotator = _annotator(row.annotator_id, by)
    row = lock(row)
    if row.state != GoodwillState.REQUESTED:
        raise Refused("wrong_state", "This was decided already.")
    return row, annotator


def _pay(row: GoodwillRequest, annotator: AnnotatorProfile, *, by: Actor) -> None:
    """The earning, and a sentence for the annotator."""
    paid = GoodwillState.PAID
    move(row, paid, GOODWILL_MOVES, decided_by=row.decided_by, ended_at=Now())
    row.refresh_from_db()
    said = {"amount": major(row.amount_minor, row.currency), "reason": row.reason}
    text = _("We pay you %(amount)s as goodwill: %(reason)s") % said
    notices.notify(user_id=annotator.user_id, kind="goodwill", text=text, link=PAGE)
    awards.award(
        award_id=row.pk,
        annotator_id=annotator.pk,
        kind=EarningKind.GOODWILL,
        label=_("Goodwill: %(reason)s") % said,
        currency=row.currency,
        amount_minor=row.amount_minor,
        by=by,
    )
