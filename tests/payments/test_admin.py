"""Staff's view of the money: everything can be looked at, nothing changed, a frozen payout let go."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from marketplace.core.models import AuditEntry
from payments import models
from payments.actions import details, outcomes, payouts
from payments.models import Payout
from tests.support import factories_accounts as people
from tests.support.desk import Desk
from tests.support.factories_payments import BY, earn, earn_payable, payable_annotator

pytestmark = pytest.mark.django_db

PAGES = [
    "deposit", "earning", "ledgeraccount", "ledgerentry", "payout", "reservation",
    "stripeevent", "connectedaccount",
    "bankpayout", "railwait",
]  # fmt: skip


@pytest.fixture
def frozen():
    who = payable_annotator()
    earn_payable(who, 1000, 700)
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    outcomes.frozen(outcomes.take(row.pk), "Stripe has several transfers.", by=BY)
    return row


@pytest.fixture
def admin_user():
    return people.staff()


@pytest.fixture
def desk(client, admin_user):
    """A client signed in as staff; the second factor is the accounts' business."""
    client.force_login(admin_user)
    return client


def get(desk, name, *args, **query):
    return desk.get(reverse(f"admin:payments_{name}", args=args), query)


@pytest.fixture(autouse=True)
def _second_factor(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "ForcedMfa" not in name]


@pytest.mark.parametrize("page", PAGES)
def test_every_table_has_its_list_and_its_rows(desk, frozen, page):
    assert get(desk, f"{page}_changelist").status_code == 200
    row = getattr(models, admin_model(page)).objects.first()
    if row is not None:
        assert get(desk, f"{page}_change", row.pk).status_code == 200


def admin_model(page):
    return next(model.__name__ for model in admin.site._registry if model._meta.model_name == page)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_added_changed_or_deleted_by_hand(desk, frozen, page):
    row = getattr(models, admin_model(page)).objects.first()
    assert get(desk, f"{page}_add").status_code == 403
    if row is not None:
        for name in ("change", "delete"):
            assert (
                desk.post(
                    reverse(f"admin:payments_{page}_{name}", args=[row.pk]), {"post": "yes"}
                ).status_code
                == 403
            )


def test_each_cell_of_a_list_knows_its_columns_name(desk, frozen):
    listed = get(desk, "payout_changelist").content.decode()
    assert 'data-label="Amount" class="field-money">' in listed
    assert 'data-label="Stripe transfer" data-bare class="field-stripe_transfer">-<' in listed


def unfreeze(desk, row, reason):
    chosen = {"action": "unfreeze", "_selected_action": [str(row.pk)], "reason": reason}
    return desk.post(reverse("admin:payments_payout_changelist"), chosen, follow=True)


def test_a_frozen_payout_is_let_go_with_a_reason(desk, frozen, admin_user):
    assert b"Say why" in unfreeze(desk, frozen, " ").content
    frozen.refresh_from_db()
    assert frozen.state == "frozen"
    unfreeze(desk, frozen, "Looked at Stripe: there is none.")
    frozen.refresh_from_db()
    assert (frozen.state, frozen.ambiguous) == ("unknown", True)
    entry = AuditEntry.objects.get(verb="unfroze_payout")
    assert (entry.reason, entry.actor) == (
        "Looked at Stripe: there is none.",
        f"staff:{admin_user.pk}",
    )
    assert b"cannot become" in unfreeze(desk, frozen, "Again.").content


def test_letting_go_needs_the_permission(client, frozen):
    looker = people.staff(is_superuser=False)
    looker.user_permissions.add(Permission.objects.get(codename="view_payout"))
    client.force_login(looker)
    unfreeze(client, frozen, "Please.")
    assert Payout.objects.get().state == "frozen"


def test_staff_hold_an_earning_for_longer_only_with_a_reason_and_days(desk, admin_user):
    row = earn(payable_annotator(), 500)

    def hold(**more):
        return desk.post(
            reverse("admin:payments_earning_changelist"),
            {"action": "hold_longer", "_selected_action": [str(row.pk)], **more},
            follow=True,
        ).content.decode()

    assert "Say for how many days from now: 1 to 90." in hold(reason="Looked into.")
    for days in ("91", "0", "ten"):
        assert "No action selected." in hold(reason="Looked into.", days=days)
    assert "Say why." in hold(reason=" ", days="20")
    row.refresh_from_db()
    assert row.hold_reason.startswith("Held for 7 days")
    assert "1 earning is held for longer." in hold(reason="Looked into.", days="20")
    row.refresh_from_db()
    assert row.hold_reason == "A person holds this for longer: see why."


def test_staff_let_payouts_go_on_after_new_bank_details_only_with_a_reason(desk):
    who = payable_annotator()
    details.not_me(annotator_id=who.pk, by=BY)

    def release(**more):
        return desk.post(
            reverse("admin:payments_connectedaccount_changelist"),
            {"action": "release", "_selected_action": [str(who.pk)], **more},
            follow=True,
        ).content.decode()

    assert "Say why." in release(reason=" ")
    assert models.ConnectedAccount.objects.get().stopped_at is not None
    assert "1 annotator is paid again." in release(reason="She called.")
    assert models.ConnectedAccount.objects.get().stopped_at is None
    assert "Nothing holds these payouts." in release(reason="Again.")


def test_what_stripe_wants_is_said_in_words_with_its_code_behind():
    who = payable_annotator()
    wants = ["identity.individual.name", "something.new"]
    models.ConnectedAccount.objects.filter(annotator=who).update(requirements=wants)
    text = Desk(administrator=True).page("payments/connectedaccount", f"{who.pk}/change/")
    assert "Your name (identity.individual.name)" in text
    assert "something: new (something.new)" in text


def test_tables_have_names_that_say_what_is_in_them():
    text = Desk(administrator=True).browser.get("/admin/").content.decode().lower()
    for name in ("annotators we cannot pay yet", "automatic top-ups", "events from stripe"):
        assert name in text
    for name in ("rail waits", "top up rules", "stripe events", "ndas"):
        assert f">{name}<" not in text
