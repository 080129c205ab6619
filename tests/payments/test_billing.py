"""Billing data: what it takes, what it keeps, and that Stripe's customer has it."""

import pytest

from accounts.states import Role
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from payments import jobs, vat
from payments.actions import billing
from payments.models import BillingCustomer, BillingDetails
from payments.stripe import checkout
from tests.payments.money import run_jobs
from tests.support import factories_accounts as people

DATA = {
    "legal_name": "Charité Labor GmbH",
    "line1": "Hauptstraße 1",
    "city": "Berlin",
    "postal_code": "10117",
    "country": "de",
    "vat_id": "DE 123.456.789",
    "purchase_order": "PO-77",
    "emails": ["money@lab.example"],
}


@pytest.fixture
def org(db):
    return people.organization("Lab")


def keep(org, by=None, **changes):
    by = by or people.owner_of(org)
    return billing.keep(organization_id=org.pk, by=by, **{**DATA, **changes})


def customer(org):
    made = checkout.create_customer(organization_id=org.pk, name=org.name)
    BillingCustomer.objects.create(organization=org, stripe_customer=made)
    return made


def test_it_is_kept_with_its_history(org):
    row = keep(org)
    assert (row.country, row.vat_id, row.emails, row.version) == (
        "DE", "DE123456789", ["money@lab.example"], 1,
    )  # fmt: skip
    assert keep(org).version == 1  # the same again
    assert keep(org, purchase_order="PO-78").version == 2
    events = BillingDetails.pgh_event_model.objects.order_by("pgh_id")
    assert [one.purchase_order for one in events] == ["PO-77", "PO-78"]
    assert AuditEntry.objects.filter(verb="changed_billing").count() == 2
    assert OutboxMessage.objects.filter(job="payments.push_billing").count() == 2


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"legal_name": " ", "city": ""}, ["/legal_name", "/city"]),
        ({"country": "ZZ"}, ["/country"]),
        ({"country": "Germany"}, ["/country", "/country"]),
        ({"line1": "a\nb"}, ["/line1"]),
        ({"legal_name": "x" * 201}, ["/legal_name"]),
        ({"vat_id": "DE12345678"}, ["/vat_id"]),
        ({"vat_id": "123456789"}, ["/vat_id"]),
        ({"emails": ["a@b.example", "no address"]}, ["/emails/1"]),
        ({"emails": [f"a{n}@b.example" for n in range(6)]}, ["/emails"]),
    ],
)
def test_what_is_wrong_is_said_at_once_and_nothing_is_lost(org, change, pointers):
    keep(org)
    with pytest.raises(Refused) as caught:
        keep(org, **change)
    assert [fault.pointer for fault in caught.value.faults] == pointers
    assert BillingDetails.objects.get().legal_name == DATA["legal_name"]


@pytest.mark.parametrize(
    ("vat_id", "right"),
    [
        ("ATU12345678", True),
        ("AT12345678", False),
        ("FRXX123456789", True),
        ("GB123456789", True),
        ("GB12345678", False),
        ("CHE123456789MWST", True),
        ("EL123456789", True),
        ("NL123456789B01", True),
        ("IE1234567WA", True),
        ("NO123456789MVA", True),
        ("SE123456789012", True),
        ("US12", True),
        ("12", False),
    ],
)
def test_vat_ids_have_the_shape_of_their_country(vat_id, right):
    assert (vat.wrong(vat.normal(vat_id.lower())) == "") is right


def test_only_owners_change_it(org):
    manager = people.actors.of_user(people.member(org, role=Role.MANAGER))
    with pytest.raises(Refused) as caught:
        keep(org, by=manager)
    assert caught.value.status == 403


def test_stripes_customer_has_it_once_there_is_one(local, org):
    keep(org)
    run_jobs()  # no customer yet
    assert BillingDetails.objects.get().pushed_version == 0
    made = customer(org)
    jobs.push_all_billing()
    jobs.push_all_billing()
    assert BillingDetails.objects.get().pushed_version == 1
    found = local.client.v1.customers.retrieve(made)
    assert (found.name, found.email) == ("Charité Labor GmbH", "money@lab.example")
    assert (found.address.line1, found.address.country, found.address.line2) == (
        "Hauptstraße 1", "DE", None,
    )  # fmt: skip
    assert found.metadata["vat_id"] == "DE123456789"
    keep(org, emails=[], city="Potsdam")
    run_jobs()
    found = local.client.v1.customers.retrieve(made)
    owner = org.memberships.filter(role=Role.OWNER).earliest("created_at").user
    assert (found.email, found.address.city) == (owner.email, "Potsdam")
    assert found.metadata["organization"] == str(org.pk)
    assert BillingDetails.objects.get().pushed_version == 2
    assert local.stripe.summary()["calls"]["by_path"]["POST /v1/customers/{id}"] == 2


def test_what_stripe_did_not_answer_is_pushed_later(local, org):
    customer(org)
    keep(org)
    OutboxMessage.objects.all().delete()
    local.stripe.add_fault("drop_before", path="/v1/customers/")
    jobs.push_all_billing()
    assert BillingDetails.objects.get().pushed_version == 0
    jobs.push_all_billing()
    assert BillingDetails.objects.get().pushed_version == 1


def test_two_pushes_at_once_note_it_once(local, org, monkeypatch):
    customer(org)
    keep(org)

    def overtaken(*args, **more):
        BillingDetails.objects.update(pushed_version=1)

    monkeypatch.setattr(billing.customers, "update_customer", overtaken)
    billing.push(org.pk, by=people.owner_of(org))
    assert not AuditEntry.objects.filter(verb="pushed_billing").exists()
