"""Money for tests, moved as in life: through real postings."""

import uuid

from django.db import transaction

from accounts.models import AnnotatorProfile, Organization, User
from marketplace.core import clock
from marketplace.core.actors import command
from payments.actions.earnings import accrue, mature
from payments.actions.funds import allocate
from payments.actions.ledger import Posting, post
from payments.actions.reserve import reserve
from payments.models import ConnectedAccount, Earning

BY = command("tests")


def organization(name="Lab"):
    """A client."""
    return Organization.objects.create(name=name)


def annotator(country="US", email=None):
    """An annotator with a user."""
    user = User.objects.create_user(email=email or f"{uuid.uuid4().hex}@example.org")
    return AnnotatorProfile.objects.create(user=user, country=country, languages=["en"])


def payable_annotator(country="US", transfers="active"):
    """An annotator with an account at Stripe that may be paid."""
    who = annotator(country)
    ConnectedAccount.objects.create(
        annotator=who, stripe_account=f"acct_{uuid.uuid4().hex[:16]}", transfers=transfers
    )
    return who


@transaction.atomic
def deposit(organization_id, amount_minor, currency="usd"):
    """A client's prepaid money, as if a charge had been paid."""
    legs = [
        ("clearing_charge", "platform", -amount_minor),
        ("client_prepaid", f"org:{organization_id}", amount_minor),
    ]
    post([Posting(f"fund:test_{uuid.uuid4().hex}", "fund", legs, currency)], by=BY)


@transaction.atomic
def payment(deposit, intent, amount_minor):
    """What one payment of a deposit brought, booked as when it arrives."""
    legs = [
        ("clearing_charge", "platform", -amount_minor),
        ("client_prepaid", f"org:{deposit.organization_id}", amount_minor),
    ]
    data = {"deposit": str(deposit.pk)}
    post([Posting(f"fund:{intent}", "fund", legs, deposit.currency, data)], by=BY)


@transaction.atomic
def fund(pot, amount_minor, *, organization_id=None, currency="usd"):
    """Free funds in a project's pot (`project:<id>`), paid by the organization; returns its id."""
    organization_id = organization_id or organization().pk
    deposit(organization_id, amount_minor, currency)
    allocate(
        organization_id=organization_id,
        pot=pot,
        currency=currency,
        amount_minor=amount_minor,
        by=BY,
    )
    return organization_id


def earn(who, amount_minor, *, pot="project:p1", currency="usd", label="Task", holder=None):
    """A pending earning of the annotator, funded, reserved and accepted as in life."""
    holder = holder or f"assignment:{uuid.uuid4()}"
    organization_id = fund(pot, amount_minor, currency=currency)
    with transaction.atomic():
        reserve(
            holder=holder,
            pot=pot,
            organization_id=organization_id,
            currency=currency,
            price_minor=amount_minor,
            fee_minor=0,
            by=BY,
        )
    return accrue(holder=holder, annotator_id=who.pk, label=label, by=BY)


def earn_payable(who, *amounts_minor, currency="usd"):
    """Earnings whose hold is over."""
    rows = [earn(who, amount, currency=currency) for amount in amounts_minor]
    Earning.objects.filter(pk__in=[row.pk for row in rows]).update(hold_until=clock.now())
    while mature(by=BY):
        pass
    return rows
