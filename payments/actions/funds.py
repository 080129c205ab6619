"""A client's prepaid money, given to a project and taken back."""

import uuid

from django.db import transaction

from accounts.selectors import permissions
from accounts.states import Permission
from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, Refused, invalid
from marketplace.core.ids import new_id
from payments.actions import limits
from payments.actions.ledger import Posting, post
from payments.chart import pot as owner
from payments.currencies import major
from payments.models import LedgerAccount


@transaction.atomic
def allocate(
    *, organization_id: uuid.UUID, pot: str, currency: str, amount_minor: int, by: Actor
) -> None:
    """Move `amount_minor` from the organization's prepaid money to a project's free funds.

    Refuses who may not move its money (403, 404), `funds_short` when less is there,
    `limit_reached` above a spend limit, and amounts that are not positive (422).
    """
    permissions.require(by, organization_id, Permission.MONEY)
    _positive(amount_minor)
    whose = owner("org", organization_id)
    _covered("client_prepaid", whose, currency, amount_minor, "paid in and free. Pay more in.")
    limits.allow_allocation(
        organization_id=organization_id,
        pot=pot,
        currency=currency,
        amount_minor=amount_minor,
        by=by,
    )
    legs = [
        ("client_prepaid", whose, -amount_minor),
        ("project_funds", pot, amount_minor),
    ]
    post([Posting(f"alloc:{new_id()}", "allocate", legs, currency)], by=by)
    audit.record("allocated", pot, by=by, amount_minor=amount_minor, currency=currency)
    outbox.emit("payments.pot_funded", pot=pot)


@transaction.atomic
def take_back(
    *, organization_id: uuid.UUID, pot: str, currency: str, amount_minor: int, by: Actor
) -> None:
    """Move free funds of a project back to its organization's prepaid money; never what is
    reserved.

    Refuses `funds_short` when less is free, and amounts that are not positive (422).
    """
    permissions.require(by, organization_id, Permission.MONEY)
    _positive(amount_minor)
    kept = "free in this project. Ask for no more: what is promised to work stays."
    _covered("project_funds", pot, currency, amount_minor, kept)
    legs = [
        ("project_funds", pot, -amount_minor),
        ("client_prepaid", owner("org", organization_id), amount_minor),
    ]
    post([Posting(f"dealloc:{new_id()}", "take_back", legs, currency)], by=by)
    audit.record("took_back", pot, by=by, amount_minor=amount_minor, currency=currency)


def _positive(amount_minor: int) -> None:
    if amount_minor <= 0:
        text = "An amount of money is a positive whole number of minor units."
        raise invalid(text, [Fault("/amount_minor", text)])


def _covered(kind: str, whose: str, currency: str, amount_minor: int, says: str) -> None:
    """Refuse in words what the ledger would refuse anyway: so much is there, and what to do."""
    rows = LedgerAccount.objects.filter(kind=kind, owner_key=whose, currency=currency)
    free = rows.values_list("balance", flat=True).first() or 0
    if amount_minor > free:
        text = f"{major(free, currency)} is {says}"
        raise Refused("funds_short", text, data={"free_minor": free})
