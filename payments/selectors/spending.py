"""What was spent against limits, in minor units, read from the ledger and the deposits."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Sum

from accounts.models import ApiKey, Membership
from marketplace.core import clock
from payments.chart import pot as owner
from payments.models import Deposit, LedgerLeg, SpendLimit
from payments.states import DepositState, LimitOf

COUNTED = (DepositState.CREATED, DepositState.OPEN, DepositState.PAID)


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit and how far it is used."""

    limit: SpendLimit
    used_minor: int

    @property
    def left_minor(self) -> int:
        """What may still be spent."""
        return max(0, self.limit.most_minor - self.used_minor)


def allocated(pot: str, currency: str) -> int:
    """All that was ever given to a project, less what was taken back."""
    legs = LedgerLeg.objects.filter(
        account__kind="project_funds",
        account__owner_key=pot,
        account__currency=currency,
        entry__kind__in=["allocate", "take_back"],
    )
    return legs.aggregate(minor=Sum("amount"))["minor"] or 0


def allocated_by(organization_id: uuid.UUID, holder: str, currency: str) -> int:
    """What this member or key gave to projects in this calendar month (UTC)."""
    legs = LedgerLeg.objects.filter(
        account__kind="client_prepaid",
        account__owner_key=owner("org", organization_id),
        account__currency=currency,
        entry__kind="allocate",
        entry__created_at__gte=_month(),
        entry__data__by=holder,
    )
    return -(legs.aggregate(minor=Sum("amount"))["minor"] or 0)


def deposited_by(organization_id: uuid.UUID, holder: str, currency: str) -> int:
    """What this member or key asked to pay in this month; what failed or expired does not count."""
    rows = Deposit.objects.filter(
        organization_id=organization_id,
        currency=currency,
        asked_by=holder,
        state__in=COUNTED,
        created_at__gte=_month(),
    )
    return rows.aggregate(minor=Sum("amount_minor"))["minor"] or 0


def _month() -> dt.datetime:
    """The first moment of this calendar month, UTC."""
    return clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def belongs(organization_id: uuid.UUID, holder: str) -> bool:
    """Whether a member or key is this organization's. Projects are not known here: whoever names
    one has looked.
    """
    kind, _, name = holder.partition(":")
    try:
        key = uuid.UUID(name)
    except ValueError:
        return False
    if kind == "user":
        return Membership.objects.filter(organization_id=organization_id, user_id=key).exists()
    if kind == "api_key":
        return ApiKey.objects.filter(organization_id=organization_id, pk=key).exists()
    return kind == "project"


def limits(organization_id: uuid.UUID) -> list[LimitLine]:
    """Every limit of an organization, with its use."""
    rows = SpendLimit.objects.filter(organization_id=organization_id)
    return [LimitLine(row, _used(row)) for row in rows.order_by("holder", "act", "currency")]


def _used(row: SpendLimit) -> int:
    if row.holder.startswith("project:"):
        return allocated(row.holder, row.currency)
    if row.act == LimitOf.ALLOCATE:
        return allocated_by(row.organization_id, row.holder, row.currency)
    return deposited_by(row.organization_id, row.holder, row.currency)


def ceiling(pot: str, currency: str) -> int | None:
    """The most that may ever be given to a project; None where there is no limit."""
    rows = SpendLimit.objects.filter(holder=pot, act=LimitOf.ALLOCATE, currency=currency)
    return rows.values_list("most_minor", flat=True).first()


def spenders(organization_id: uuid.UUID) -> dict[str, str]:
    """Members and live keys by their actor's key, with a name for people."""
    members = Membership.objects.filter(organization=organization_id).select_related("user")
    keys = ApiKey.objects.filter(organization=organization_id, revoked_at=None)
    people = {f"user:{one.user_id}": one.user.email for one in members.order_by("created_at")}
    programs = {f"api_key:{key.pk}": f"key {key.name}" for key in keys.order_by("name")}
    return {**people, **programs}
