"""Payout runs on the desk: shown, approved, cancelled, drafted by staff."""

import pytest
from django.urls import reverse

from accounts.selectors.actors import of_staff
from payments.actions import runs
from payments.models import ConnectedAccount, PayoutRun
from payments.selectors import runs as shown
from tests.payments.money import at_stripe
from tests.payments.test_runs import ADA, by_hand, code, drafted
from tests.support import factories_accounts as people
from tests.support.factories_payments import BY, earn_payable, payable_annotator

__all__ = ["by_hand"]


@pytest.fixture
def desk(client, db, settings):
    """A client signed in as staff; the second factor is the accounts' business."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "ForcedMfa" not in name]
    client.force_login(people.staff())
    return client


def page(run):
    return reverse("admin:payments_payoutrun_decide", args=[run.pk])


@pytest.mark.django_db
@pytest.mark.usefixtures("by_hand")
def test_the_desk_shows_a_run_and_lets_it_go(desk):
    earn_payable(payable_annotator(), 50)
    run = drafted(1_000, 1_500)
    text = desk.get(page(run)).content.decode()
    for words in ("$25.00", "$15.00", "$10.00", "less is payable than the minimum", "$0.50"):
        assert words in text
    reply = desk.post(page(run), {"decision": "cancel"})
    assert (reply.status_code, "Say why" in reply.content.decode()) == (422, True)
    assert desk.post(page(run), {"decision": "approve"}).status_code == 302
    run.refresh_from_db()
    assert run.state == "approved"
    assert "not begun" in desk.get(page(run)).content.decode()
    cancelled = {"decision": "cancel", "reason": "Stop."}
    assert desk.post(page(run), cancelled).status_code == 302
    assert "Stop." in desk.get(page(run)).content.decode()


def test_the_desk_shows_how_far_a_run_is(desk, local):
    local.fund(100_000)
    for amount in (1_000, 1_100):
        earn_payable(at_stripe(local), amount)
    lost = at_stripe(local)
    earn_payable(lost, 1_200)
    runs.draft(currency="usd", by=BY)
    runs.collect(PayoutRun.objects.get().pk, by=BY)
    ConnectedAccount.objects.filter(annotator=lost).update(transfers="closed")
    runs.proceed(by=BY)
    text = desk.get(page(PayoutRun.objects.get())).content.decode()
    for words in (
        "$21.00",
        "by the plan",
        "the account at Stripe is closed (1)",
        "about to be sent",
    ):
        assert words in text
    items = reverse("admin:payments_payoutrunitem_changelist")
    found = desk.get(items, {"run__id__exact": PayoutRun.objects.get().pk}).content.decode()
    assert "$12.00" in found


@pytest.mark.django_db
def test_staff_draft_a_run_of_a_currency_once(desk):
    new = reverse("admin:payments_payoutrun_new")
    assert desk.post(new, {"currency": "usd"}).status_code == 302
    assert PayoutRun.objects.get().state == "collecting"
    reply = desk.post(new, {"currency": "usd"})
    assert (reply.status_code, "is open" in reply.content.decode()) == (422, True)
    assert code(runs.draft_now, currency="xau", by=ADA) == "invalid"
    assert code(runs.draft_now, currency="usd", by=BY) == "not_permitted"
    assert desk.get("/admin/").status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("by_hand")
def test_who_approved_is_shown_by_name(settings):
    settings.PAYOUT_RUN_ALONE_MINOR = {}
    user = people.staff()
    run = drafted(1_000)
    assert shown.approvers(run) == []
    run = runs.approve(run_id=run.pk, by=of_staff(user))
    run.second_by = "staff:00000000-0000-0000-0000-000000000000"
    assert shown.approvers(run) == [user.name or user.email, "by the plan"]
