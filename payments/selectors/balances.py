"""What clients have paid in and what their projects hold; minor units throughout."""

import uuid
from dataclasses import dataclass

from django.db.models import F, Sum

from payments.chart import pot as owner
from payments.models import LedgerAccount, LedgerLeg, Reservation
from payments.states import ReservationState


@dataclass(frozen=True, slots=True)
class ClientBalance:
    """Money paid in and not yet given to a project."""

    currency: str
    prepaid_minor: int


@dataclass(frozen=True, slots=True)
class PotBalance:
    """A project's money: free, promised to work under way, and spent on accepted work."""

    currency: str
    funds_minor: int
    reserved_minor: int
    spent_minor: int


def client(organization_id: uuid.UUID) -> list[ClientBalance]:
    """One line for each currency ever paid in, by code."""
    rows = LedgerAccount.objects.filter(
        kind="client_prepaid", owner_key=owner("org", organization_id)
    ).order_by("currency")
    return [ClientBalance(row.currency, row.balance) for row in rows]


def pot(pot: str, currency: str) -> PotBalance:
    """The project's pot in its one currency; zeros where nothing was ever moved."""
    rows = LedgerAccount.objects.filter(
        owner_key=pot, currency=currency, kind__in=["project_funds", "project_reserved"]
    )
    held = dict(rows.values_list("kind", "balance"))
    spent = Reservation.objects.filter(
        pot=pot, currency=currency, state=ReservationState.SPENT
    ).aggregate(minor=Sum(F("price_minor") + F("fee_minor")))
    return PotBalance(
        currency=currency,
        funds_minor=held.get("project_funds", 0),
        reserved_minor=held.get("project_reserved", 0),
        spent_minor=spent["minor"] or 0,
    )


def of_account(account: LedgerAccount) -> int:
    """A pot's balance: as kept for a purse, summed for a platform pot."""
    if account.tracked:
        return account.balance
    total = LedgerLeg.objects.filter(account=account).aggregate(minor=Sum("amount"))["minor"]
    return total or 0
