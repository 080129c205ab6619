"""Customers at Stripe: who stands on their invoices."""

from dataclasses import dataclass

from stripe.params import CustomerUpdateParams

from payments.stripe.client import call


@dataclass(frozen=True, slots=True)
class Details:
    """Name and address on invoices; empty text where there is nothing."""

    name: str
    line1: str
    line2: str
    city: str
    postal_code: str
    region: str
    country: str
    email: str
    vat_id: str
    purchase_order: str


def update_customer(customer_id: str, *, version: int, details: Details) -> None:
    """Replace what Stripe knows of a customer. The same version sent again changes nothing."""
    params: CustomerUpdateParams = {
        "name": details.name,
        "email": details.email,
        "address": {
            "line1": details.line1,
            "line2": details.line2,
            "city": details.city,
            "postal_code": details.postal_code,
            "state": details.region,
            "country": details.country,
        },
        "metadata": {"vat_id": details.vat_id, "purchase_order": details.purchase_order},
    }
    key = f"customer:{customer_id}:{version}"
    call(lambda client: client.v1.customers.update(customer_id, params, {"idempotency_key": key}))
