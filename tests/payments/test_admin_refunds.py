"""Staff decide about large refunds and let frozen parts go: with the permission and a reason."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from marketplace.core import clock
from marketplace.core.models import AuditEntry
from payments.models import Refund, RefundPart
from tests.payments.refunding import ask, paid
from tests.support import factories_accounts as people

PAGE = "admin:payments_refund_changelist"


@pytest.fixture
def org(local):
    return people.organization()


@pytest.fixture
def desk(client, settings, org):
    """Signed in as staff; the second factor is the accounts' business."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "ForcedMfa" not in name]
    settings.REFUND_APPROVAL_MINOR = 1000
    client.force_login(people.staff())
    return client


def large(local, org):
    paid(local, org, 5000)
    return ask(org, people.owner_of(org), 1700)


def act(desk, action, row, reason="Looked at it."):
    chosen = {"action": action, "_selected_action": [str(row.pk)], "reason": reason}
    text = desk.post(reverse(PAGE), chosen, follow=True).content.decode()
    row.refresh_from_db()
    return text


@pytest.mark.parametrize(
    ("action", "end"),
    [
        ("approve", ("sending", "approved_refund")),
        ("decline", ("declined", "declined_refund")),
    ],
)
def test_staff_are_the_second_person(desk, local, org, action, end):
    row = large(local, org)
    assert "Say why" in act(desk, action, row, " ")
    assert row.state == "requested"
    assert "1 decision was carried out." in act(desk, action, row)
    entry = AuditEntry.objects.exclude(verb="requested_refund").get(subject=f"refund:{row.pk}")
    assert (row.state, entry.verb) == end
    assert (entry.reason, entry.actor) == ("Looked at it.", row.decided_by)
    assert "was decided already" in act(desk, action, row)


def test_a_frozen_part_is_let_go(desk, local, org):
    row = large(local, org)
    act(desk, "approve", row)
    part = RefundPart.objects.get()
    assert "0 decisions were carried out." in act(desk, "unfreeze", row)  # nothing is frozen
    now = clock.now() - dt.timedelta(minutes=1)
    RefundPart.objects.update(state="frozen", first_sent_at=now, last_sent_at=now)
    assert (
        str(part.payment_intent)
        in desk.get(reverse("admin:payments_refund_change", args=[row.pk])).content.decode()
    )
    assert "1 decision was carried out." in act(desk, "unfreeze", row, "None is at Stripe.")
    part.refresh_from_db()
    assert (part.state, part.ambiguous) == ("unknown", True)
    assert AuditEntry.objects.get(verb="unfroze_refund").reason == "None is at Stripe."


def test_deciding_needs_the_permission(desk, client, local, org):
    row = large(local, org)
    looker = people.staff(is_superuser=False)
    looker.user_permissions.add(Permission.objects.get(codename="view_refund"))
    client.force_login(looker)
    act(client, "approve", row)
    assert Refund.objects.get().state == "requested"
