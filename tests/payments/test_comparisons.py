"""Our books beside Stripe's: each comparison proves, finds its fault, and says when it is mended."""

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command

from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry
from marketplace.ops import proof, reconciling
from payments import jobs
from payments.actions import books, differences, outcomes, payouts, sending
from payments.actions.comparisons import clearing
from payments.actions.comparisons.register import compare
from payments.models import (
    Comparison,
    ConnectedAccount,
    Difference,
    LedgerEntry,
    Payout,
    StripeEvent,
)
from payments.states import ComparisonName
from tests.payments import clients
from tests.payments.money import at_stripe, pass_time, run_jobs
from tests.support import factories_accounts as people
from tests.support.factories_payments import BY, deposit, earn_payable, organization

STAFF = Actor(ActorKind.STAFF, "7")


def opened(kind):
    return list(
        Difference.objects.filter(kind=kind, state="open").values_list("subject", flat=True)
    )


def sent_payout(local, amount=1_000):
    local.fund(5_000)
    local.stripe.advance(3 * 86_400)
    who = at_stripe(local)
    earn_payable(who, amount)
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    run_jobs()
    row.refresh_from_db()
    assert row.state == "sent"
    return row


def test_a_payout_that_waits_too_long_is_kept_until_it_is_sent(local):
    local.fund(5_000)
    local.stripe.advance(3 * 86_400)
    who = at_stripe(local)
    earn_payable(who, 1_000)
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    assert compare(ComparisonName.PAYOUTS, by=BY).proves
    pass_time(hours=31)
    ran = compare(ComparisonName.PAYOUTS, by=BY)
    assert (ran.checked, ran.differences, ran.proves) == (1, 1, False)
    assert opened("payout_stuck") == [f"payout:{row.pk}"]
    sending.send(row.pk, by=BY)
    assert compare(ComparisonName.PAYOUTS, by=BY).proves
    assert opened("payout_stuck") == []
    assert Difference.objects.get().resolution == differences.GONE


def test_an_event_that_never_came_is_taken_in_and_applied(local):
    """Scenario 23: a lost webhook is found in Stripe's list and does what it should have done."""
    row = sent_payout(local)
    Payout.objects.filter(pk=row.pk).update(next_try_at=clock.now() + dt.timedelta(days=9))
    assert not StripeEvent.objects.exists()
    ran = compare(ComparisonName.EVENTS, by=BY)
    assert ran.proves
    assert ran.facts["missed"] == StripeEvent.objects.count() > 0
    kinds = set(StripeEvent.objects.values_list("type", flat=True))
    assert "transfer.created" in kinds
    assert any(kind.startswith("v2.core.account") for kind in kinds)
    assert compare(ComparisonName.EVENTS, by=BY).facts["missed"] == 0
    run_jobs()
    assert set(StripeEvent.objects.values_list("state", flat=True)) <= {"applied", "ignored"}


def test_a_lost_event_of_an_invoice_is_taken_in_with_its_decimal_prices(local):
    """The SDK reads some of its prices as decimals, which JSON has no place for."""
    row = clients.ask(clients.client())
    clients.wire(local, row.organization, row.amount_minor)
    assert compare(ComparisonName.EVENTS, by=BY).proves
    run_jobs()
    row.refresh_from_db()
    assert row.state == "paid"


def test_a_payout_schedule_that_is_not_manual_is_a_difference(local):
    assert compare(ComparisonName.CASH, by=BY).facts["payout_schedule"] == "manual"
    settings = local.client.v1.balance_settings
    settings.update({"payments": {"payouts": {"schedule": {"interval": "daily"}}}})
    for _again in range(2):
        ran = compare(ComparisonName.CASH, by=BY)
        assert (ran.proves, ran.differences) == (False, 1)
    row = Difference.objects.get()
    assert (row.kind, row.subject, row.state) == (
        "payout_schedule", "stripe:balance_settings", "open",
    )  # fmt: skip
    assert "(daily)" in row.reason
    assert "Set the payout schedule to manual" in row.reason
    settings.update({"payments": {"payouts": {"schedule": {"interval": "manual"}}}})
    assert compare(ComparisonName.CASH, by=BY).proves
    row.refresh_from_db()
    assert row.state == "resolved"


def test_a_key_that_may_not_read_the_schedule_is_told_and_cash_is_compared_all_the_same(local):
    local.fund(700)
    local.stripe.add_fault("403", method="GET", path="/v1/balance_settings")
    ran = compare(ComparisonName.CASH, by=BY)
    assert (ran.proves, ran.differences) == (False, 1)
    assert ran.facts["ours"] == ran.facts["stripe"] == {"usd": 650}
    assert ran.facts["payout_schedule"] == "payout_schedule_unread"
    row = Difference.objects.get()
    assert (row.kind, row.subject) == ("payout_schedule_unread", "stripe:balance_settings")
    assert row.reason.startswith("The key may not read the payout schedule")
    assert compare(ComparisonName.CASH, by=BY).proves
    row.refresh_from_db()
    assert row.state == "resolved"


def test_a_key_that_is_refused_altogether_is_no_difference(local):
    local.stripe.add_fault("401", method="GET", path="/v1/balance_settings")
    ran = compare(ComparisonName.CASH, by=BY)
    assert (ran.proves, ran.differences, ran.checked) == (False, 0, 0)
    assert "Expired API Key" in ran.failure
    assert not Difference.objects.exists()


def test_cash_agrees_to_the_cent_and_a_gap_is_kept(local):
    local.fund(700)
    ran = compare(ComparisonName.CASH, by=BY)
    assert ran.proves
    assert ran.facts["ours"] == ran.facts["stripe"] == {"usd": 650}
    assert LedgerEntry.objects.filter(kind="stripe_txn").count() == 1
    local.fund(100)
    books.sync(by=BY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(books, "sync", lambda **_: 0)
        local.fund(100)
        ran = compare(ComparisonName.CASH, by=BY)
    assert ran.differences == 1
    row = Difference.objects.get(kind="cash_gap")
    assert (row.currency, row.ours_minor, row.theirs_minor) == ("usd", 717, 784)
    assert compare(ComparisonName.CASH, by=BY).proves
    row.refresh_from_db()
    assert row.state == "resolved"


def test_an_old_rest_of_a_clearing_account_is_kept(local):
    """A charge that we booked and Stripe's books never showed."""
    deposit(organization().pk, 500)
    assert compare(ComparisonName.CLEARING, by=BY).proves
    pass_time(days=8)
    deposit(organization().pk, 90)  # new, and of the same sign: not old
    ran = compare(ComparisonName.CLEARING, by=BY)
    assert ran.differences == 1
    row = Difference.objects.get(kind=clearing.KIND)
    assert (row.subject, row.ours_minor) == ("clearing_charge:usd", -500)


def test_every_transfer_is_a_payout_and_an_orphan_is_kept(local):
    """Scenario 35: a transfer made by hand in the Dashboard is found."""
    row = sent_payout(local)
    assert compare(ComparisonName.TRANSFERS, by=BY).proves
    local.client.v1.transfers.create(
        {"amount": 70, "currency": "usd", "destination": row.destination}
    )
    ran = compare(ComparisonName.TRANSFERS, by=BY)
    assert (ran.differences, ran.facts) == (
        1,
        {"orphans": 1, "contradicted": 0, "missing": 0},
    )
    found = Difference.objects.get(kind="transfer_orphan")
    assert (found.ours_minor, found.theirs_minor, found.currency) == (0, 70, "usd")


def again_at_stripe(local, row):
    """Another transfer of the same payout, alike in all that we compare."""
    return local.client.v1.transfers.create(
        {
            "amount": row.amount_minor,
            "currency": row.currency,
            "destination": row.destination,
            "transfer_group": f"payout_{row.pk}",
            "metadata": {"payout": str(row.pk)},
        }
    )


def contradictions():
    return [found.subject for found in proof.run() if found.proof == "contradictions"]


@pytest.mark.parametrize("state", ["sent", "failed"])
def test_a_transfer_that_our_payout_contradicts_is_kept_until_it_is_settled(local, state):
    """A payout that was sent twice, and one that was sent although we booked it as failed."""
    row = sent_payout(local)
    if state == "failed":
        account = ConnectedAccount.objects.get(stripe_account=row.destination)
        earn_payable(account.annotator, 900)
        row = payouts.start(annotator_id=account.annotator_id, currency="usd", by=BY)
        outcomes.failed(outcomes.take(row.pk), "No.", by=BY)
    made = again_at_stripe(local, row)
    for _night in range(2):
        ran = compare(ComparisonName.TRANSFERS, by=BY)
        assert (ran.differences, ran.proves) == (1, False)
        assert ran.facts == {"orphans": 0, "contradicted": 1, "missing": 0}
        found = Difference.objects.get()
        assert (found.kind, found.subject) == ("payout_contradicted", f"transfer:{made.id}")
        assert (found.ours_minor, found.theirs_minor) == (0, row.amount_minor)
        assert f"It is {state}" in found.reason
        assert AuditEntry.objects.filter(verb="payout_contradicted").count() == 1
        assert contradictions() == [f"payout:{row.pk}"]
    differences.resolve(difference_id=found.pk, resolution="Reversed by hand.", by=STAFF)
    assert contradictions() == []
    assert compare(ComparisonName.TRANSFERS, by=BY).proves
    assert (Difference.objects.count(), contradictions()) == (1, [])


def test_another_transfer_does_not_stand_for_the_one_that_is_missing(local):
    row = sent_payout(local)
    again_at_stripe(local, row)
    Payout.objects.filter(pk=row.pk).update(
        sent_at=clock.now() - dt.timedelta(days=2), stripe_transfer="tr_gone"
    )
    ran = compare(ComparisonName.TRANSFERS, by=BY)
    assert ran.facts == {"orphans": 0, "contradicted": 2, "missing": 1}


def test_an_orphan_that_is_settled_leaves_the_audit(local):
    local.fund(5_000)
    made = local.client.v1.transfers.create(
        {"amount": 500, "currency": "usd", "destination": local.onboarded().id}
    )
    payouts.recognise(made.id, by=BY)
    assert compare(ComparisonName.TRANSFERS, by=BY).differences == 1
    assert contradictions() == [f"transfer:{made.id}"]
    found = Difference.objects.get(kind="transfer_orphan")
    differences.resolve(difference_id=found.pk, resolution="A test of ours.", by=STAFF)
    assert contradictions() == []


def test_a_sent_payout_without_a_transfer_is_kept(local):
    row = sent_payout(local)
    old = clock.now() - dt.timedelta(days=2)
    Payout.objects.filter(pk=row.pk).update(sent_at=old)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("payments.stripe.transfers.made_since", lambda _since: iter(()))
        ran = compare(ComparisonName.TRANSFERS, by=BY)
    assert (ran.differences, opened("transfer_missing")) == (1, [f"payout:{row.pk}"])


def test_an_older_payout_that_stripe_lists_is_not_missing(local):
    row = sent_payout(local)
    Payout.objects.filter(pk=row.pk).update(sent_at=clock.now() - dt.timedelta(days=2))
    ran = compare(ComparisonName.TRANSFERS, by=BY)
    assert (ran.proves, ran.checked, ran.facts) == (
        True,
        1,
        {"orphans": 0, "contradicted": 0, "missing": 0},
    )


def test_both_lists_are_read_page_by_page(local, monkeypatch):
    monkeypatch.setattr("payments.stripe.transfers.MOST", 2)
    monkeypatch.setattr("payments.stripe.events.PAGE", 2)
    for amount in range(1_000, 1_005):
        sent_payout(local, amount)
    ran = compare(ComparisonName.TRANSFERS, by=BY)
    assert (ran.checked, ran.proves) == (5, True)
    assert compare(ComparisonName.EVENTS, by=BY).facts["missed"] == StripeEvent.objects.count()
    assert StripeEvent.objects.filter(type="transfer.created").count() == 5


def test_a_transfer_that_our_row_does_not_know_is_booked(local):
    row = sent_payout(local)
    other = at_stripe(local)
    earn_payable(other, 1_200)
    mine = payouts.start(annotator_id=other.pk, currency="usd", by=BY)
    Payout.objects.filter(pk=mine.pk).update(next_try_at=clock.now() + dt.timedelta(days=1))
    local.client.v1.transfers.create(
        {
            "amount": 1_200,
            "currency": "usd",
            "destination": mine.destination,
            "transfer_group": f"payout_{mine.pk}",
            "metadata": {"payout": str(mine.pk)},
        }
    )
    ran = compare(ComparisonName.TRANSFERS, by=BY)
    mine.refresh_from_db()
    assert (ran.proves, ran.checked, mine.state, row.state) == (True, 2, "sent", "sent")


def test_stripe_away_is_no_proof(local, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    settings.EGRESS_ALLOWED_BASES = [settings.STRIPE_API_BASE]
    ran = compare(ComparisonName.CASH, by=BY)
    row = Comparison.objects.get()
    assert ran.failure
    assert not ran.proves
    assert (row.proves, row.failure) == (False, ran.failure)


def test_the_command_does_all_and_says_what_each_found(local, tmp_path):
    out, file = io.StringIO(), tmp_path / "f.json"
    call_command("reconcile", "--json", str(file), stdout=out)
    shown = json.loads(file.read_text())
    assert list(shown) == [str(name) for name in reconciling.names()]
    assert all(one["differences"] == 0 and not one["failure"] for one in shown.values())
    assert out.getvalue().count(" ok  R") == len(shown)
    deposit(organization().pk, 500)
    pass_time(days=8)
    with pytest.raises(SystemExit, match="1"):
        call_command("reconcile", "clearing", stdout=out)


def test_the_command_says_that_stripe_was_away(local, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    settings.EGRESS_ALLOWED_BASES = [settings.STRIPE_API_BASE]
    with pytest.raises(SystemExit, match="2"):
        call_command("reconcile", "cash", stdout=io.StringIO())
    with pytest.raises(CommandError, match="no comparison"):
        call_command("reconcile", "money", stdout=io.StringIO())


def test_the_jobs_keep_their_runs(local):
    for job in (
        jobs.compare_payouts, jobs.compare_events, jobs.compare_cash, jobs.compare_clearing,
        jobs.compare_transfers, jobs.compare_accounts,
    ):  # fmt: skip
        job()
    assert set(Comparison.objects.values_list("name", flat=True)) == {
        "payouts", "events", "cash", "clearing", "transfers", "accounts",
    }  # fmt: skip


@pytest.mark.django_db
def test_a_difference_is_one_row_until_somebody_settles_it():
    first = differences.found(kind="k", subject="s", reason="One", by=BY)
    again = differences.found(kind="k", subject="s", reason="Two", ours_minor=3, by=BY)
    first.refresh_from_db()
    assert (again.pk, first.reason, first.ours_minor) == (first.pk, "Two", 3)
    user = people.user("staff@example.test") if hasattr(people, "user") else people.staff()
    differences.take(difference_id=first.pk, user_id=user.pk, by=STAFF)
    differences.resolve(difference_id=first.pk, resolution="Booked by hand.", by=STAFF)
    first.refresh_from_db()
    assert (first.state, first.owner_id, first.resolution) == (
        "resolved",
        user.pk,
        "Booked by hand.",
    )
    assert differences.found(kind="k", subject="s", reason="Anew", by=BY).pk != first.pk


@pytest.mark.django_db
def test_who_may_not_settle_and_what_is_no_settlement():
    row = differences.found(kind="k", subject="s", reason="One", by=BY)
    cases = [
        (row.pk, "Done.", BY, 403),
        (row.pk, "  ", STAFF, 422),
        (organization().pk, "Done.", STAFF, 404),
    ]
    for pk, text, by, status in cases:
        with pytest.raises(Refused) as refusal:
            differences.resolve(difference_id=pk, resolution=text, by=by)
        assert refusal.value.status == status
    differences.resolve(difference_id=row.pk, resolution="Done.", by=STAFF)
    with pytest.raises(Refused) as refusal:
        differences.resolve(difference_id=row.pk, resolution="Again.", by=STAFF)
    assert refusal.value.code == "wrong_state"
