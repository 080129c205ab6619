"""Clawbacks, reversals and disputes through the doors: the desk, the annotator's and client's pages."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils.html import strip_tags

from marketplace.core import clock
from marketplace.core.ids import new_id
from payments.actions import comings_back, disputes
from payments.models import Clawback, Deposit, Dispute, Earning, Reversal
from payments.selectors import papers, statements
from payments.selectors.movements import month
from payments.stripe.gateway import DisputedMove, DisputeSeen, TransferBack
from tests.payments.clawing import ADA, REASON, ask, debt, earned, payable, sent
from tests.payments.money import purse
from tests.support import factories_accounts as people
from tests.support.desk import Desk, done, faults
from tests.support.factories_payments import annotator, payable_annotator

pytestmark = pytest.mark.django_db
TABLE = "payments/clawback"


def desk():
    return Desk(administrator=True)


def take(browser, earning, **values):
    url = reverse("admin:payments_clawback_ask", args=[earning.pk])
    return browser.post(url, {"amount": "1", "reason": REASON, **values})


def test_staff_ask_from_the_earning_and_two_decide_above_the_limit(settings):
    settings.CLAWBACK_ALONE_MINOR = {"usd": 100}
    who, grace, ada = annotator(), desk(), desk()
    earning = earned(who)
    url = reverse("admin:payments_clawback_ask", args=[earning.pk])
    assert url in grace.page("payments/earning")
    assert "Take back earned money" in grace.browser.get(url).content.decode()
    assert "reason" in faults(take(grace.browser, earning, reason="too short"))
    assert done(take(grace.browser, earning))
    assert purse(who) == (900, 0, 0)
    assert done(take(grace.browser, earning, amount="5.00"))
    row = Clawback.objects.get(state="asked")
    assert "somebody else" in grace.page(TABLE, f"{row.pk}/decide/")
    refused = faults(grace.decide(TABLE, row, what="approve"))
    assert refused == {"__all__": ["Somebody else has to approve this."]}
    assert done(ada.decide(TABLE, row, what="approve"))
    assert purse(who) == (400, 0, 0)
    assert done(ada.decide(TABLE, row, what="reverse", why="It was theirs."))
    assert purse(who) == (900, 0, 0)
    assert "$5.00" in ada.page(TABLE)


def test_each_decision_reaches_its_action(settings):
    settings.CLAWBACK_ALONE_MINOR = {}
    who, grace, ada = payable_annotator(), desk(), desk()
    earning = payable(who)
    sent(who)
    assert done(take(grace.browser, earning))
    row = Clawback.objects.get()
    assert done(ada.decide(TABLE, row, what="refuse", why="Not so."))
    assert done(take(grace.browser, earning))
    row = Clawback.objects.get(state="asked")
    assert done(ada.decide(TABLE, row, what="approve"))
    assert "uphold" not in faults(ada.decide(TABLE, row, what="uphold", why="It stands."))
    assert "why" in faults(ada.decide(TABLE, row, what="write_off", why=""))
    assert done(ada.decide(TABLE, row, what="stripe", why="They agreed."))
    Reversal.objects.update(state="refused")
    assert done(ada.decide(TABLE, row, what="write_off", why="They have left."))
    assert debt(who) == 0
    page = ada.page(TABLE, f"{row.pk}/decide/")
    assert "let go of" in page
    for table in ("reversal", "recovery", "dispute"):
        assert ada.page(f"payments/{table}")


def test_seeing_money_is_one_thing_and_moving_it_another():
    earning = earned(annotator())
    plain = Desk()
    url = reverse("admin:payments_clawback_ask", args=[earning.pk])
    assert plain.browser.get(url).status_code == 403
    row = ask(earning, 100)
    assert plain.decide(TABLE, row, what="reverse", why="x").status_code == 403
    assert plain.page(TABLE)
    may = Permission.objects.get(codename="change_clawback")
    plain.person.user_permissions.add(may)
    assert plain.browser.get(url).status_code == 200
    unknown = reverse("admin:payments_clawback_ask", args=[new_id()])
    assert plain.browser.get(unknown).status_code == 404


def test_what_came_back_by_hand_is_given_back_at_the_desk():
    who = payable_annotator()
    payable(who)
    payout = sent(who)
    comings_back.known(
        payout.pk, TransferBack("trr_1", "tr_1", 300, "usd", "", clock.now()), by=ADA
    )
    row = Reversal.objects.get()
    staff = desk()
    assert "$3.00" in staff.page("payments/reversal")
    assert "trr_1" in staff.page("payments/reversal", f"{row.pk}/decide/")
    assert done(staff.decide("payments/reversal", row, why="A slip of ours."))
    assert purse(who) == (0, 300, 0)


def test_a_dispute_is_seen_with_its_evidence_and_let_go_at_the_desk(client):
    lab = people.organization("Lab")
    owner = people.member(lab, role="owner")
    row = Deposit.objects.create(
        organization=lab, currency="usd", amount_minor=700, payment_intent="pi_1", state="open"
    )
    moves = (DisputedMove("txn_1", -700, 1500),)
    disputes._keep(
        DisputeSeen("du_7", "needs_response", "fraudulent", 700, "usd", "pi_1", None, moves), by=ADA
    )
    client.force_login(owner)
    shown = client.get(reverse("payments:client")).content.decode()
    assert "no new work is claimed" in shown
    staff, dispute = desk(), Dispute.objects.get()
    assert "dashboard.stripe.com/test/disputes/du_7" in staff.page("payments/dispute")
    page = staff.page("payments/dispute", f"{dispute.pk}/decide/")
    assert "the platform: $7.00" in page
    assert done(staff.decide("payments/dispute", dispute, why="They paid by wire."))
    assert "no new work" not in client.get(reverse("payments:client")).content.decode()
    assert row.organization_id == dispute.organization_id


# --- the annotator's page -----------------------------------------------------------------------
def earnings(client):
    return client.get(reverse("payments:earnings")).content.decode()


def test_the_annotator_reads_why_and_contests(client):
    who = annotator()
    row = ask(earned(who), 300)
    client.force_login(who.user)
    page = earnings(client)
    assert "$3.00 · Task 7" in page
    assert "copied from the guideline" in page
    assert "/decisions/" in page
    url = reverse("payments:contest", args=[row.pk])
    refused = client.post(url, {"text": " "})
    assert (refused.status_code, "Say why it is wrong." in refused.content.decode()) == (422, True)
    assert "Contest it, until" in earnings(client)
    client.post(url, {"text": "I wrote it myself."})
    page = earnings(client)
    assert "Contested: a person looks into it" in page
    assert "I wrote it myself." in page
    assert "Contest it, until" not in page
    assert (
        client.post(reverse("payments:contest", args=[new_id()]), {"text": "x"}).status_code == 404
    )
    other = annotator()
    client.force_login(other.user)
    assert client.post(url, {"text": "x"}).status_code == 404
    assert "Taken back" not in earnings(client)


def test_an_objection_that_is_refused_comes_back_as_it_was_typed(client, settings):
    who = annotator()
    row, other = ask(earned(who), 300), ask(earned(who), 200)
    client.force_login(who.user)
    url = reverse("payments:contest", args=[row.pk])
    long = "I wrote it myself. " * 110
    refused = client.post(url, {"text": long})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "1 to 2000 characters." in page
    assert f"autofocus>{long}</textarea>" in page
    assert page.count(long) == 1
    assert page.count("</textarea>") == 2
    assert str(other.pk) in page
    settings.CONTEST_DAYS = 0
    refused = client.post(url, {"text": "I wrote it <myself>."})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "This could be contested for 0 days." in page
    assert "I wrote it &lt;myself&gt;." in page
    assert "</textarea>" not in page
    row.refresh_from_db()
    assert row.contest == ""


def test_the_annotator_sees_how_a_debt_is_settled_and_what_was_decided(client):
    who = payable_annotator()
    earning = payable(who)
    sent(who)
    row = ask(earning, 600)
    payable(who, 800)
    sent(who, "tr_2")
    client.force_login(who.user)
    page = earnings(client)
    assert "$4.00" in page
    assert "kept from a payout" in page
    assert "Still to be settled:" in page
    client.post(reverse("payments:contest", args=[row.pk]), {"text": "No."})
    staff = desk()
    assert done(staff.decide(TABLE, row, what="uphold", why="The logs show it."))
    assert "Contested, and stands" in earnings(client)
    assert done(staff.decide(TABLE, row, what="reverse", why="The logs were wrong."))
    page = earnings(client)
    assert "Found wrong, and given back" in page
    assert "The logs were wrong." in page
    assert Earning.objects.filter(source=f"award:{row.pk}", amount_minor=400).exists()


def test_a_whole_earning_that_was_taken_is_in_no_total(client):
    who = annotator()
    ask(earned(who))
    client.force_login(who.user)
    assert "$10.00 · Task 7" in earnings(client)


def test_paid_is_what_was_sent_and_what_is_kept_or_owed_stands_beside_it(client):
    """50.00 were paid and 30.00 of them taken back; of the next 40.00, half is kept for that."""
    who = payable_annotator()
    first = payable(who, 5_000)
    sent(who)
    first.refresh_from_db()
    ask(first, 3_000)
    payable(who, 4_000)
    sent(who, "tr_2")
    (total,) = statements.totals(who.pk)
    assert (total.paid_minor, total.sent_minor) == (9_000, 7_000)
    assert (total.kept_minor, total.owed_minor) == (2_000, 1_000)
    client.force_login(who.user)
    page = " ".join(strip_tags(client.get(reverse("payments:earnings")).content.decode()).split())
    assert "$70.00 paid $20.00 kept against what was taken back $10.00 still owed" in page
    listed = papers.items([f"annotator:{who.pk}"], month(clock.now().year, clock.now().month))
    assert (-3_000, "Taken back") in {(one.amount_minor, one.what) for one in listed}
