"""What stands on a client's invoices: changed by owners, kept with history, told to Stripe."""

import uuid
from collections.abc import Sequence

import structlog
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F

from accounts.selectors import iso, permissions
from accounts.states import Permission
from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, invalid
from marketplace.core.expressions import Now
from payments import vat
from payments.models import BillingCustomer, BillingDetails
from payments.selectors import payers
from payments.stripe import customers
from payments.stripe.gateway import StripeFault

log = structlog.get_logger(__name__)

EMAILS = 5
LENGTHS = {
    "legal_name": 200, "line1": 200, "line2": 200, "city": 100, "postal_code": 20, "region": 100,
    "country": 2, "vat_id": 20, "purchase_order": 60,
}  # fmt: skip
NEEDED = ("legal_name", "line1", "city", "country")


@transaction.atomic
def keep(
    *, organization_id: uuid.UUID, emails: Sequence[str], by: Actor, **fields: str
) -> BillingDetails:
    """Keep an organization's billing data whole; a job brings it to its customer at Stripe.

    `fields` are those of `LENGTHS`; one that is left out is empty. Refuses (403, 404) who may not
    move its money, and (422) with every fault at once what is missing, too long, no country, no
    e-mail address, or no VAT id by its country's shape. The same data again changes nothing.
    """
    permissions.require(by, organization_id, Permission.MONEY)
    says = {name: fields.get(name, "").strip() for name in LENGTHS}
    says["country"] = says["country"].upper()
    says["vat_id"] = vat.normal(says["vat_id"])
    addresses = [address.strip() for address in emails if address.strip()]
    faults = [*_faults(says), *_wrong_addresses(addresses)]
    if faults:
        raise invalid("The billing data is not complete.", faults)
    row, new = BillingDetails.objects.select_for_update(no_key=True).get_or_create(
        organization_id=organization_id, defaults={**says, "emails": addresses}
    )
    same = row.emails == addresses and all(getattr(row, name) == says[name] for name in says)
    if not new and same:
        return row
    if not new:
        for name, value in says.items():
            setattr(row, name, value)
        row.emails, row.version = addresses, row.version + 1
        row.changed_at = Now()
        row.save()
    row.refresh_from_db()
    audit.record("changed_billing", row, by=by, version=row.version)
    outbox.enqueue("payments.push_billing", organization_id=str(organization_id))
    return row


def _faults(says: dict[str, str]) -> list[Fault]:
    """What is missing, too long or of no known shape."""
    faults = [Fault(f"/{name}", "This is needed.") for name in NEEDED if not says[name]]
    faults += [
        Fault(f"/{name}", f"At most {length} characters.")
        for name, length in LENGTHS.items()
        if len(says[name]) > length
    ]
    faults += [
        Fault(f"/{name}", "One line of plain text.")
        for name, value in says.items()
        if not value.isprintable()
    ]
    if says["country"] and says["country"] not in iso.COUNTRIES:
        faults.append(Fault("/country", "It is the country's two-letter code, as DE."))
    if says["vat_id"] and (problem := vat.wrong(says["vat_id"])):
        faults.append(Fault("/vat_id", problem))
    return faults


def _wrong_addresses(addresses: Sequence[str]) -> list[Fault]:
    faults = [] if len(addresses) <= EMAILS else [Fault("/emails", f"At most {EMAILS} addresses.")]
    for place, address in enumerate(addresses):
        try:
            validate_email(address)
        except ValidationError:
            faults.append(Fault(f"/emails/{place}", "This is not an e-mail address."))
    return faults


def push(organization_id: uuid.UUID, *, by: Actor) -> None:
    """Bring the newest billing data to the organization's customer at Stripe; remote.

    A client without a customer yet gets the data with its first deposit's sweep: it stays due.
    """
    row = BillingDetails.objects.filter(organization_id=organization_id).first()
    known = BillingCustomer.objects.filter(organization_id=organization_id).first()
    if row is None or known is None or row.pushed_version == row.version:
        return
    customers.update_customer(
        known.stripe_customer,
        version=row.version,
        details=customers.Details(
            name=row.legal_name,
            line1=row.line1,
            line2=row.line2,
            city=row.city,
            postal_code=row.postal_code,
            region=row.region,
            country=row.country,
            email=payers.of(row.organization).email,  # refunds to banks need one
            vat_id=row.vat_id,
            purchase_order=row.purchase_order,
        ),
    )
    with transaction.atomic():
        rows = BillingDetails.objects.filter(pk=row.pk, pushed_version__lt=row.version)
        if rows.update(pushed_version=row.version):
            audit.record("pushed_billing", row, by=by, version=row.version)


def sweep(*, by: Actor, limit: int = 20) -> int:
    """Push what was changed before the client had a customer at Stripe, or whose job was lost."""
    behind = BillingDetails.objects.filter(
        pushed_version__lt=F("version"),
        organization__in=BillingCustomer.objects.values("organization"),
    )
    ids = list(behind.order_by("changed_at").values_list("organization_id", flat=True)[:limit])
    for organization_id in ids:
        try:
            push(organization_id, by=by)
        except StripeFault as fault:  # the others are pushed all the same
            log.warning("billing_not_pushed", organization=str(organization_id), error=str(fault))
    return len(ids)
