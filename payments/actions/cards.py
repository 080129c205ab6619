"""A client's saved cards: Stripe keeps them, we keep which there are."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import transaction

from accounts.models import Organization
from accounts.selectors import permissions
from accounts.states import Permission
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import NotFound, Refused
from marketplace.core.expressions import Now
from payments.actions import incoming
from payments.models import BillingCustomer, SavedCard, TopUpRule
from payments.stripe import cards
from payments.stripe.gateway import StripeFault
from payments.stripe.money_in import Card

log = structlog.get_logger(__name__)


def start(*, organization_id: uuid.UUID, return_url: str, by: Actor) -> str:
    """The address of Stripe's page on which a card is saved; remote.

    Refuses `stripe_unavailable` when Stripe does not answer.
    """
    permissions.require(by, organization_id, Permission.MONEY)
    organization = Organization.objects.get(pk=organization_id)
    with _person_waits():
        customer = incoming.customer_of(organization)
        return cards.open_setup(
            organization_id=organization_id, customer=customer, return_url=return_url
        )


@contextmanager
def _person_waits() -> Iterator[None]:
    """A fault of Stripe's, in a sentence for the person who waits for the page."""
    try:
        yield
    except StripeFault as fault:
        log.warning("cards_failed", error=str(fault))
        raise Refused(
            "stripe_unavailable", "Stripe could not be reached. Try again in a minute.", status=503
        ) from fault


def come_back(*, organization_id: uuid.UUID, by: Actor) -> None:
    """Someone is back from Stripe's page: read which cards there are; remote.

    Refuses `stripe_unavailable` when Stripe does not answer.
    """
    permissions.require(by, organization_id, Permission.MONEY)
    known = BillingCustomer.objects.filter(organization_id=organization_id).first()
    if known is not None:
        with _person_waits():
            refresh(known.stripe_customer, by=by)


def refresh(customer: str, *, by: Actor) -> None:
    """Read the cards of a customer at Stripe and keep which there are; remote, safe to repeat."""
    known = BillingCustomer.objects.filter(stripe_customer=customer).first()
    if known is None:
        log.warning("customer_unknown", customer=customer)
        return
    found = cards.saved(customer)
    with transaction.atomic():
        _keep(known.organization_id, found, by=by)


def _keep(organization_id: uuid.UUID, found: list[Card], *, by: Actor) -> None:
    there = SavedCard.objects.select_for_update(no_key=True).filter(
        organization_id=organization_id, removed_at__isnull=True
    )
    known = {row.stripe_method: row for row in there}
    for one in found:
        row, new = SavedCard.objects.update_or_create(
            stripe_method=one.id,
            defaults={
                "organization_id": organization_id,
                "brand": one.brand,
                "last4": one.last4,
                "exp_month": one.exp_month,
                "exp_year": one.exp_year,
                "removed_at": None,
            },
        )
        if new:
            audit.record("saved_card", row, by=by, last4=one.last4)
    for gone in known.keys() - {one.id for one in found}:
        SavedCard.objects.filter(stripe_method=gone).update(removed_at=Now())
        audit.record("card_gone", known[gone], by=by)


def remove(*, organization_id: uuid.UUID, card_id: uuid.UUID, by: Actor) -> None:
    """Take a card off, at Stripe and here; remote.

    Refuses `card_in_use` while an automatic top-up that is on uses it.
    """
    permissions.require(by, organization_id, Permission.MONEY)
    row = SavedCard.objects.filter(
        pk=card_id, organization_id=organization_id, removed_at__isnull=True
    ).first()
    if row is None:
        raise NotFound("card")
    if TopUpRule.objects.filter(card=row, active=True).exists():
        raise Refused("card_in_use", "Switch the automatic top-up off first: it uses this card.")
    with _person_waits():
        cards.remove(row.stripe_method)
    with transaction.atomic():
        SavedCard.objects.filter(pk=row.pk).update(removed_at=Now())
        audit.record("removed_card", row, by=by)
