"""Who is billed: the name, the address for invoices, and the purchase order."""

from dataclasses import dataclass

from accounts.models import Organization
from accounts.states import Role
from payments.models import BillingDetails


@dataclass(frozen=True, slots=True)
class Payer:
    """`email` is where Stripe sends what concerns an invoice; it is never empty."""

    name: str
    email: str
    purchase_order: str


def of(organization: Organization) -> Payer:
    """The organization as it is billed: by its billing details, or its first owner."""
    details = BillingDetails.objects.filter(organization=organization).first()
    owners = organization.memberships.filter(role=Role.OWNER).order_by("created_at", "id")
    email = owners.values_list("user__email", flat=True).first()
    if details is None:
        return Payer(organization.name, email or "", "")
    first = details.emails[0] if details.emails else email or ""
    return Payer(details.legal_name, first, details.purchase_order)
