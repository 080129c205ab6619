"""A project's money: given and taken back; and when it does not cover another claim, the project is
marked and its client told."""

import uuid

from django.db import transaction

from accounts.states import Permission
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import Refused
from marketplace.core.expressions import Now
from marketplace.core.money import fee
from payments.actions import funds, limits, reserve
from payments.pay.bounds import bounds
from payments.selectors import balances, freezes
from tasks.actions import telling
from tasks.actions.access import project_for_change
from tasks.models import AdjudicationAssignment, Project, ReviewAssignment
from tasks.states import ProjectState


@transaction.atomic
def allocate(*, project_id: uuid.UUID, amount_minor: int, by: Actor) -> Project:
    """Give prepaid money to a project.

    Refuses who may not move the organization's money (403, 404), `wrong_state` for a closed
    project, `funds_short` when less is there, and amounts that are not positive (422).
    """
    row = project_for_change(project_id, by, Permission.MONEY)
    if row.state == ProjectState.CLOSED:
        raise Refused("wrong_state", "A closed project takes no more money.")
    funds.allocate(
        organization_id=row.organization_id,
        pot=row.pot,
        currency=row.currency,
        amount_minor=amount_minor,
        by=by,
    )
    return row


@transaction.atomic
def set_ceiling(*, project_id: uuid.UUID, most_minor: int | None, by: Actor) -> None:
    """The most that may ever be given to a project, net of what is taken back; None lifts it.

    Refuses what `limits.set_limit` refuses.
    """
    row = project_for_change(project_id, by, Permission.MONEY)
    limits.set_limit(
        organization_id=row.organization_id,
        holder=row.pot,
        act="allocate",
        currency=row.currency,
        most_minor=most_minor,
        by=by,
    )


def reserve_for(
    claim: ReviewAssignment | AdjudicationAssignment, project: Project, *, by: Actor
) -> bool:
    """Set the price of a reviewer's or an adjudicator's claim aside; False if funds are short."""
    return reserve.reserve(
        holder=claim.holder,
        pot=project.pot,
        organization_id=project.organization_id,
        currency=claim.currency,
        price_minor=claim.price_minor,
        fee_minor=claim.fee_minor,
        by=by,
    )


@transaction.atomic
def take_back(*, project_id: uuid.UUID, amount_minor: int, by: Actor) -> Project:
    """Take free money of a project, closed or not, back to what is prepaid; never what is reserved.

    Refuses who may not move the organization's money (403, 404), `funds_short` when less is free,
    and amounts that are not positive (422).
    """
    row = project_for_change(project_id, by, Permission.MONEY)
    funds.take_back(
        organization_id=row.organization_id,
        pot=row.pot,
        currency=row.currency,
        amount_minor=amount_minor,
        by=by,
    )
    return row


@transaction.atomic
def mark_short(*, project_id: uuid.UUID, by: Actor) -> bool:
    """Note since when the project is short of funds; its client sees it. True if that is news.

    A project so marked is tried last by claims, not left out: money that comes back from a claim
    that ended is used at once. One that was funded since the claim is not marked.
    """
    audit.context("marked_short", by=by)
    row = (
        Project.objects.select_for_update(no_key=True, of=("self",))
        .select_related("organization")
        .filter(pk=project_id)
        .first()
    )
    if row is None or row.funds_short_at is not None or _covers_another(row):
        return False
    Project.objects.filter(pk=project_id).update(funds_short_at=Now())
    audit.record("marked_short", f"project:{project_id}", by=by)
    text = f"{row.name}: the money does not cover another claim. Add funds to go on."
    telling.managers(row, "funds_short", text)
    return True


def _covers_another(row: Project) -> bool:
    """The pot holds enough for anybody's claim, or for a review or adjudication if dearer."""
    _, _, claim = bounds(row.pay, row.price_minor, row.expected_minutes, min_tier=row.min_tier)
    dearest = max(claim, row.review_price_minor, row.decision_minor)
    need = dearest + fee(dearest, row.fee_bps)
    return balances.pot(row.pot, row.currency).funds_minor >= need


@transaction.atomic
def resume_pot(*, pot: str, by: Actor) -> bool:
    """Money arrived in a pot (`project:<id>`): the project is no longer marked as short.

    A pot of another kind, or a project that is not marked, is left alone.
    """
    kind, _, project_id = pot.partition(":")
    if kind != "project":
        return False
    audit.context("funds_arrived", by=by)
    marked = Project.objects.filter(pk=project_id, funds_short_at__isnull=False)
    if any(freezes.is_frozen(row) for row in marked.values_list("organization_id", flat=True)):
        return False
    if not marked.update(funds_short_at=None):
        return False
    audit.record("funds_arrived", pot, by=by)
    return True


@transaction.atomic
def refresh_frozen(*, organization_id: uuid.UUID, by: Actor) -> int:
    """A dispute froze a client's money, or let go of it: its projects are marked, or not any more.

    A marked project is offered last and promises nothing. Returns how many changed.
    """
    frozen = freezes.is_frozen(organization_id)
    audit.context("client_frozen" if frozen else "client_thawed", by=by)
    rows = Project.objects.filter(organization_id=organization_id, funds_short_at__isnull=frozen)
    changed = rows.update(funds_short_at=Now() if frozen else None)
    if changed:
        verb = "paused_by_dispute" if frozen else "resumed_after_dispute"
        audit.record(verb, f"organization:{organization_id}", by=by)
    return changed
