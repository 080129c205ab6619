"""A client's money, as people see it: refunds, limits, billing data, and what a project may cost."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.states import Role
from marketplace.core import clock
from payments.actions import billing, limits, refunds
from payments.models import Deposit
from tests.browser.test_pages import MODES, keep
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def lived(settings):
    """A client with refunds in three states, limits, billing data and a funded project."""
    settings.REFUND_APPROVAL_MINOR = 100_000
    project = work.project(
        name="Judge Python functions", tasks=12, overlap=2, max_overlap=3, fund=9000,
        review_percent=50, review_price_minor=200,
    )  # fmt: skip
    org = project.organization
    row = Deposit.objects.create(
        organization=org, currency="usd", amount_minor=1_250_000, state="paid",
        payment_intent="pi_lived", paid_at=clock.now() - dt.timedelta(days=3),
    )  # fmt: skip
    money.payment(row, "pi_lived", 1_250_000)
    owner = people.owner_of(org)
    second = people.actors.of_user(people.member(org, role=Role.OWNER))
    ask = {"organization_id": org.pk, "currency": "usd"}
    refunds.request(**ask, amount_minor=70_000, by=owner, reason="Project ended")
    refunds.request(**ask, amount_minor=200_000, by=owner)
    refunds.request(**ask, amount_minor=150_000, by=second)
    mine = {"organization_id": org.pk, "currency": "usd", "by": owner}
    limits.set_limit(**mine, holder=second.key, act="allocate", most_minor=500_000)
    limits.set_limit(**mine, holder=second.key, act="deposit", most_minor=2_000_000)
    limits.set_limit(**mine, holder=project.pot, act="allocate", most_minor=30_000)
    billing.keep(
        organization_id=org.pk, legal_name="Lab for Careful Reading GmbH", line1="Weg 1",
        city="Bonn", postal_code="53111", country="DE", vat_id="DE123456789",
        emails=["bills@lab.example"], by=owner,
    )  # fmt: skip
    return project


@pytest.mark.parametrize("mode", MODES)
def test_a_clients_money(look, mode, request, settings):
    project = lived(settings)
    owner = project.organization.memberships.order_by("created_at", "id")[0].user
    eyes = look(owner, **mode)
    for name, path in {
        "money": reverse("payments:client"),
        "billing": reverse("payments:client_billing"),
        "project": reverse("tasks:client_project", args=[project.pk]),
        "ceiling": reverse("tasks:client_ceiling", args=[project.pk]),
    }.items():
        page = eyes.open(path)
        for hidden in page.query_selector_all("main details"):
            hidden.evaluate("one => { one.open = true }")
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])
