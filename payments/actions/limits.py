"""Spend limits: set by owners, kept by every allocation and deposit, under the limit's lock.

A project's ceiling is about all that was ever given to it, less what was taken back. The limit of a
member or key is about one calendar month (UTC); what was taken back does not give it back, or two
of them could lend each other room.
"""

import uuid
from typing import Any

from django.db import transaction

from accounts.selectors import permissions
from accounts.states import Permission
from marketplace.core import audit
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from payments.currencies import CURRENCIES, major
from payments.models import SpendLimit
from payments.selectors import spending
from payments.states import LimitOf

MOST_MINOR = 10**12
SPENDERS = frozenset({ActorKind.USER, ActorKind.API_KEY})


@transaction.atomic
def set_limit(
    *,
    organization_id: uuid.UUID,
    holder: str,
    act: str,
    currency: str,
    most_minor: int | None,
    by: Actor,
) -> SpendLimit | None:
    """Limit what `holder` may spend from now on; None lifts the limit.

    For owners. A key may set a limit where there is none and lower one, so that a stolen one cannot
    give itself room: raising and lifting (403) is done by an owner in person. Refuses (404) a
    holder who is not of this organization and (422) what is no limit.
    """
    permissions.require(by, organization_id, Permission.MONEY)
    _check(holder, act, currency, most_minor)
    if not spending.belongs(organization_id, holder):
        raise NotFound("holder of a limit")
    mine: dict[str, Any] = {
        "organization_id": organization_id,
        "holder": holder,
        "act": act,
        "currency": currency,
    }
    row = SpendLimit.objects.select_for_update(no_key=True).filter(**mine).first()
    lighter = row is not None and (most_minor is None or most_minor > row.most_minor)
    if lighter and by.kind is ActorKind.API_KEY:
        raise Refused(
            "not_permitted", "A key cannot raise or lift a limit: an owner can.", status=403
        )
    audit.record(
        "set_spend_limit", holder, by=by, act=act, currency=currency, most_minor=most_minor
    )
    if most_minor is None:
        SpendLimit.objects.filter(**mine).delete()
        return None
    says = {"most_minor": most_minor, "set_by": by.key, "set_at": Now()}
    row, _ = SpendLimit.objects.update_or_create(**mine, defaults=says)
    row.refresh_from_db()
    return row


def _check(holder: str, act: str, currency: str, most_minor: int | None) -> None:
    """Every fault of the input at once."""
    kind, _, name = holder.partition(":")
    faults = []
    if kind not in {"project", "user", "api_key"} or not name:
        faults.append(Fault("/holder", "It is project:<id>, user:<id> or api_key:<id>."))
    if act not in LimitOf.values:
        faults.append(Fault("/act", "It is allocate or deposit."))
    if kind == "project" and act == LimitOf.DEPOSIT:
        faults.append(Fault("/act", "Deposits are made to the organization, not to a project."))
    if currency not in CURRENCIES:
        faults.append(Fault("/currency", f"The currencies are {', '.join(sorted(CURRENCIES))}."))
    elif most_minor is not None and not 0 <= most_minor <= MOST_MINOR:
        bounds = f"{major(0, currency)} to {major(MOST_MINOR, currency)}"
        faults.append(Fault("/most_minor", f"It is {bounds}."))
    if faults:
        raise invalid("This limit cannot be set.", faults)


def allow_allocation(
    *, organization_id: uuid.UUID, pot: str, currency: str, amount_minor: int, by: Actor
) -> None:
    """Refuse `limit_reached` above the project's ceiling or the actor's limit of the month.

    Locks the limits until the transaction ends, so that two at once cannot both fit.
    """
    for row in _locked(organization_id, [pot, *_own(by)], LimitOf.ALLOCATE, currency):
        if row.holder == pot:
            used = spending.allocated(pot, currency)
        else:
            used = spending.allocated_by(organization_id, row.holder, currency)
        _within(row, used, amount_minor)


def allow_deposit(
    *, organization_id: uuid.UUID, currency: str, amount_minor: int, by: Actor
) -> None:
    """Refuse `limit_reached` above what this actor may pay in this month, under the same lock."""
    for row in _locked(organization_id, _own(by), LimitOf.DEPOSIT, currency):
        used = spending.deposited_by(organization_id, row.holder, currency)
        _within(row, used, amount_minor)


def allow_top_up(
    *, organization_id: uuid.UUID, currency: str, ceiling_minor: int, by: Actor
) -> None:
    """Refuse `limit_reached` where automatic top-ups could pay in more than this actor may.

    A top-up is the organization's own afterwards and counts against nobody: its ceiling bounds it.
    """
    for row in _locked(organization_id, _own(by), LimitOf.DEPOSIT, currency):
        if ceiling_minor > row.most_minor:
            most = major(row.most_minor, currency)
            text = f"You may pay in {most} a month: the ceiling of top-ups may not be higher."
            left = {"left_minor": row.most_minor}
            raise Refused("limit_reached", f"{text} An owner can change it.", data=left)


def _own(by: Actor) -> list[str]:
    """The key of a member or program; our own jobs have no limit."""
    return [by.key] if by.kind in SPENDERS else []


def _locked(
    organization_id: uuid.UUID, holders: list[str], act: LimitOf, currency: str
) -> list[SpendLimit]:
    rows = SpendLimit.objects.select_for_update(no_key=True).filter(
        organization_id=organization_id, holder__in=holders, act=act, currency=currency
    )
    return list(rows.order_by("id"))


def _within(row: SpendLimit, used_minor: int, amount_minor: int) -> None:
    left = max(0, row.most_minor - used_minor)
    if amount_minor <= left:
        return
    whole, rest = major(row.most_minor, row.currency), major(left, row.currency)
    if row.holder.startswith("project:"):
        text = f"This project may be given {whole} in all, and {rest} of it is left."
    elif row.act == LimitOf.ALLOCATE:
        text = f"You may give projects {whole} a month, and {rest} is left of this month."
    else:
        text = f"You may pay in {whole} a month, and {rest} is left of this month."
    raise Refused("limit_reached", f"{text} An owner can change it.", data={"left_minor": left})
