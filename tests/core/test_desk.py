"""Staff's view of promised jobs and of the audit trail: to look at, and to try dead jobs again."""

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import RequestFactory
from django.urls import reverse

from marketplace.core.admin import OutboxAdmin
from marketplace.core.models import AuditEntry, OutboxMessage
from payments.models import Refund
from tests.support.desk import Desk
from tests.support.factories_payments import organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return get_user_model().objects.create(email="desk@example.com", is_staff=True)


def allow(user, *codenames):
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return get_user_model().objects.get(pk=user.pk)


def request_of(user):
    request = RequestFactory().post("/admin/")
    request.user = user
    return request


@pytest.mark.parametrize("model", [OutboxMessage, AuditEntry])
def test_nobody_adds_changes_or_deletes_here(model, staff):
    staff.is_superuser = True
    desk = admin.site.get_model_admin(model)
    request = request_of(staff)
    assert desk.has_view_permission(request)
    assert not desk.has_add_permission(request)
    assert not desk.has_change_permission(request)
    assert not desk.has_delete_permission(request)


def test_reviving_takes_a_permission_of_its_own(staff):
    desk = OutboxAdmin(OutboxMessage, admin.site)
    looker = allow(staff, "view_outboxmessage")
    assert "revive" not in desk.get_actions(request_of(looker))
    repairer = allow(staff, "view_outboxmessage", "change_outboxmessage")
    assert "revive" in desk.get_actions(request_of(repairer))


def test_dead_jobs_are_tried_again_and_it_is_recorded(staff, monkeypatch):
    dead = OutboxMessage.objects.create(job="core.any", state="dead", attempts=8)
    alive = OutboxMessage.objects.create(job="core.any", attempts=3)
    said = []
    monkeypatch.setattr(
        "marketplace.core.admin.messages.success", lambda _, text: said.append(text)
    )
    desk = OutboxAdmin(OutboxMessage, admin.site)
    desk.revive(request_of(staff), OutboxMessage.objects.all())
    assert said == ["1 job will be tried again."]
    assert list(OutboxMessage.objects.order_by("id").values_list("pk", "state", "attempts")) == [
        (dead.pk, "pending", 0),
        (alive.pk, "pending", 3),
    ]
    assert AuditEntry.objects.get().actor == f"staff:{staff.pk}"


def test_the_lists_have_addresses():
    assert reverse("admin:core_outboxmessage_changelist") == "/admin/core/outboxmessage/"
    assert reverse("admin:core_auditentry_changelist") == "/admin/core/auditentry/"


def test_the_audit_trail_names_who_acted_and_links_to_what(client_of_desk):
    person, browser = client_of_desk
    subject = f"user:{person.pk}"
    entry = AuditEntry.objects.create(
        actor=f"staff:{person.pk}", verb="changed_access", subject=subject, reason="Asked for.",
        data={"by": subject, "until": "2026-01-01T10:00:00"},
    )  # fmt: skip
    for page in (
        reverse("admin:core_auditentry_changelist"),
        reverse("admin:core_auditentry_change", args=[entry.pk]),
    ):
        text = browser.get(page).content.decode()
        assert "User: Ada at the desk</a>" in text
        assert "changed access" in text
        assert f"staff:{person.pk}" not in text


@pytest.mark.parametrize(
    ("data", "about", "told"),
    [
        ({"amount_minor": 123_450, "currency": "usd"}, "project:p1", "amount: $1,234.50"),
        ({"failed_minor": 500}, "refund", "failed: ¥500"),
        ({"amount_minor": 5}, "project:p1", "amount: 5"),
        ({"amount_minor": 5, "currency": "kwd"}, "project:p1", "amount: 5"),
    ],
)
def test_the_audit_trail_says_amounts_in_their_currency(client_of_desk, data, about, told):
    """Of the fact beside them, else of the row that it is about; without one as they stand."""
    _person, browser = client_of_desk
    if about == "refund":
        row = Refund.objects.create(
            organization=organization(), currency="jpy", amount_minor=700, asked_by="user:1"
        )
        about = f"refund:{row.pk}"
    entry = AuditEntry.objects.create(actor="job:x", verb="moved", subject=about, data=data)
    page = browser.get(reverse("admin:core_auditentry_change", args=[entry.pk])).content.decode()
    assert told in page
    assert "minor" not in page


def test_the_audit_trail_keeps_the_words_of_what_is_no_row(client_of_desk):
    _person, browser = client_of_desk
    AuditEntry.objects.create(actor="command:tests", verb="swept", subject="sweep:no-row-of-ours")
    text = browser.get(reverse("admin:core_auditentry_changelist")).content.decode()
    assert "Sweep no-row-of-ours" in text
    assert "an operator (tests)" in text


@pytest.fixture
def client_of_desk():
    desk = Desk(administrator=True)
    desk.person.name = "Ada at the desk"
    desk.person.save(update_fields=["name"])
    return desk.person, desk.browser
