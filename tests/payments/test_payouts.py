"""Payouts, one transfer each, whatever Stripe and the network do: the real SDK over HTTP."""

import pytest
from django.db import transaction

from accounts.models import Notice
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from payments import jobs
from payments.actions import onboarding, payouts, sending
from payments.models import ConnectedAccount, Earning, LedgerEntry, Payout
from payments.selectors import payouts as selector
from payments.selectors import statements
from tests.payments.money import at_stripe, balance, pass_time, purse, transfers
from tests.support.factories_payments import BY, earn_payable
from tests.support.races import times, values

TRANSFERS = "/v1/transfers$"
MADE = ("POST", "/v1/transfers")


@pytest.fixture
def ready(local):
    """A payout of 1,700 that was begun and not yet sent, and money at Stripe to send it."""
    local.fund(100_000)
    who = at_stripe(local)
    earn_payable(who, 1000, 700)
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    OutboxMessage.objects.all().delete()
    return row


def send(row):
    sending.send(row.pk, by=BY)
    row.refresh_from_db()
    return row


def settle(row, *, hours=30):
    """Let time pass and the sweep run until the payout rests."""
    for _ in range(hours * 2):
        row.refresh_from_db()
        if row.state in {"sent", "failed", "frozen"}:
            break
        pass_time(minutes=30)
        sending.sweep(by=BY)
    return row


def assert_paid_once(local, row):
    row.refresh_from_db()
    assert row.state == "sent", (row.state, row.last_error)
    assert transfers(local, row) == [(1700, row.destination, f"payout_{row.pk}")]
    assert purse(row.annotator) == (0, 0, 0)
    assert balance("clearing_transfer", "platform") == 1700
    assert LedgerEntry.objects.filter(kind="payout_done").count() == 1
    assert set(Earning.objects.values_list("state", "payout")) == {("paid", row.pk)}


def assert_payable_again(local, row):
    row.refresh_from_db()
    assert row.state == "failed", (row.state, row.last_error)
    assert transfers(local) == []
    assert purse(row.annotator) == (0, 1700, 0)
    assert set(Earning.objects.values_list("state", "payout")) == {("payable", None)}


def test_a_payout_takes_all_that_is_payable_and_is_sent_once(local, ready):
    assert (ready.amount_minor, ready.state, purse(ready.annotator)) == (
        1700,
        "ready",
        (0, 0, 1700),
    )
    send(ready)
    assert_paid_once(local, ready)
    send(ready)
    sending.sweep(by=BY)
    assert_paid_once(local, ready)
    statement = statements.annotator(ready.annotator_id)
    assert statement.totals == [statements.StatementTotal("usd", paid_minor=1700)]
    assert {row.payout_id for row in statement.rows} == {ready.pk}
    assert Notice.objects.get(user=ready.annotator.user, kind="payout").text == (
        "A payout of $17.00 is on its way to you."
    )


def test_jobs_and_sweeps_carry_it_from_payable_to_paid(local):
    local.fund(100_000)
    who = at_stripe(local)
    earn_payable(who, 1000, 700)
    jobs.plan_payouts()
    assert Payout.objects.get().state == "ready"
    jobs.send_payouts()
    assert_paid_once(local, Payout.objects.get())


# --- scenarios 1 to 8: one call goes wrong ------------------------------------------------------
@pytest.mark.parametrize(
    "kind",
    ["drop_before", "drop_after", "bad_json", "500_before", "500_after", "409", "429", "401"],
)
def test_one_fault_then_paid_exactly_once(local, ready, kind):
    """Scenario 1: the connection is cut after the transfer was made. Scenario 3: before it was.

    Scenario 6: 409, another request is in flight. And all other single faults.
    """
    local.stripe.add_fault(kind, path=TRANSFERS)
    send(ready)
    assert ready.state in {"unknown", "sent"}
    assert purse(ready.annotator)[1] == 0  # nothing is released on a fault
    settle(ready)
    assert_paid_once(local, ready)


def test_an_answer_that_comes_too_late(local, ready, monkeypatch):
    """Scenario 2: a timeout after Stripe has worked."""
    monkeypatch.setattr("payments.stripe.client.TIMEOUT", (1, 0.2))
    local.stripe.add_fault("hang_after", path=TRANSFERS, seconds=1)
    from payments.stripe import client  # noqa: PLC0415 - the cached client must be made anew

    client._client.cache_clear()
    send(ready)
    client._client.cache_clear()
    assert (ready.state, ready.ambiguous) == ("unknown", True)
    settle(ready)
    assert_paid_once(local, ready)


@pytest.mark.parametrize(
    "kinds", [("drop_after", "429"), ("drop_after", "401"), ("drop_after", "409")]
)
def test_a_later_refusal_to_talk_releases_nothing(local, ready, kinds):
    """Scenario 7: the first try worked and its answer was lost; 429 and 401 say nothing about it."""
    for kind in kinds:
        local.stripe.add_fault(kind, path=TRANSFERS)
    send(ready)
    pass_time(minutes=2)
    send(ready)
    assert (ready.state, ready.ambiguous, purse(ready.annotator)) == ("unknown", True, (0, 0, 1700))
    settle(ready)
    assert_paid_once(local, ready)


def test_a_rotated_key_stops_the_batch_and_loses_nothing(local, ready):
    """Scenario 8: 401 on everything, then the right key again."""
    local.stripe.add_fault("401", path=".", method="*", times=3)
    send(ready)
    assert (ready.state, ready.ambiguous) == ("unknown", False)
    settle(ready)
    assert_paid_once(local, ready)


def test_a_replayed_500_is_settled_by_looking(local, ready):
    """Scenario 5: Stripe worked and answered 500; the key would repeat the 500 for a day."""
    local.stripe.add_fault("500_after", path=TRANSFERS)
    send(ready)
    assert_paid_once(local, ready)


def test_a_500_that_did_nothing_gets_a_new_key_after_two_empty_looks(local, ready):
    local.stripe.add_fault("500_before", path=TRANSFERS)
    send(ready)
    assert (ready.state, ready.attempt, ready.empty_looks) == ("unknown", 1, 1)
    pass_time(minutes=10)
    send(ready)
    assert (ready.attempt, ready.empty_looks) == (1, 1)  # too early for a second look
    pass_time(minutes=6)
    send(ready)
    assert ready.attempt == 2
    assert_paid_once(local, ready)


# --- scenarios 9 and 10: Stripe has forgotten the key -------------------------------------------
@pytest.mark.parametrize(("kind", "attempt"), [("drop_after", 1), ("drop_before", 2)])
def test_a_key_of_yesterday(local, ready, kind, attempt):
    """Scenario 9: a forgotten key whose transfer exists. Scenario 10: one that made none."""
    local.stripe.add_fault(kind, path=TRANSFERS)
    send(ready)
    local.stripe.advance(26 * 3600)
    pass_time(hours=26)
    send(ready)
    pass_time(minutes=16)
    send(ready)
    assert_paid_once(local, ready)
    assert ready.attempt == attempt
    asked = [call for call in local.stripe.calls if (call.method, call.path) == MADE]
    assert len(asked) == attempt  # what exists is recorded and never asked for again


# --- 11: no money at Stripe yet -----------------------------------------------------------------
def test_a_short_balance_waits_and_uses_a_new_key(local):
    """Scenario 11: `balance_insufficient` is kept under the key; the next try takes another."""
    who = at_stripe(local)
    earn_payable(who, 1000, 700)
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    send(row)
    assert (row.state, row.attempt, row.ambiguous) == ("ready", 2, False)
    assert "balance_insufficient" in row.last_error
    local.fund(10_000)
    send(row)
    assert row.state == "ready"  # not its turn yet
    settle(row)
    assert_paid_once(local, row)


# --- 12: the capability is gone -----------------------------------------------------------------
@pytest.mark.parametrize("status", ["restricted", "pending", "rejected", "unsupported"])
def test_a_lost_capability_fails_it_and_the_money_is_payable_again(local, ready, status):
    """Scenario 12: lost between payable and sent. Failed, payable again, the annotator told."""
    local.stripe.set_transfers(ready.destination, status)
    send(ready)
    assert_payable_again(local, ready)
    account = ConnectedAccount.objects.get(annotator=ready.annotator)
    assert account.transfers == status
    events = OutboxMessage.objects.filter(job="tasks.refresh_annotator")
    assert {row.args["annotator_id"] for row in events} == {str(ready.annotator_id)}
    texts = set(Notice.objects.filter(user=ready.annotator.user).values_list("text", flat=True))
    assert "Your payout of $17.00 could not be sent. Check your payout set-up." in texts
    with pytest.raises(Refused) as refusal:
        payouts.start(annotator_id=ready.annotator_id, currency="usd", by=BY)
    assert refusal.value.code == "payouts_restricted"

    local.stripe.set_transfers(ready.destination, "active")
    ConnectedAccount.objects.update(transfers="active")
    again = payouts.start(annotator_id=ready.annotator_id, currency="usd", by=BY)
    send(again)
    assert_paid_once(local, again)


def test_a_capability_lost_after_an_unanswered_try_is_looked_into_first(local, ready):
    """Scenario 12, in between: the try has worked, so that nothing is payable again."""
    local.stripe.add_fault("drop_after", path=TRANSFERS)
    send(ready)
    local.stripe.set_transfers(ready.destination, "restricted")
    settle(ready)
    assert_paid_once(local, ready)


def test_a_capability_lost_after_a_try_that_did_nothing(local, ready):
    local.stripe.add_fault("drop_before", path=TRANSFERS)
    send(ready)
    local.stripe.set_transfers(ready.destination, "restricted")
    pass_time(minutes=2)
    send(ready)
    assert (ready.state, purse(ready.annotator)) == (
        "unknown",
        (0, 0, 1700),
    )  # one look is not enough
    settle(ready)
    assert_payable_again(local, ready)


# --- 13: the account changes while a payout is in flight ----------------------------------------
def test_a_changed_account_does_not_change_a_payout(local, ready):
    """Scenario 13: the account changes in flight; the row keeps its destination."""
    local.stripe.add_fault("drop_after", path=TRANSFERS)
    send(ready)
    other = local.onboarded()
    ConnectedAccount.objects.filter(annotator=ready.annotator).update(stripe_account=other.id)
    settle(ready)
    assert_paid_once(local, ready)
    assert ready.destination != other.id


@pytest.mark.parametrize(("kind", "paid"), [("drop_before", False), ("drop_after", True)])
def test_who_leaves_while_a_try_is_unanswered(local, ready, kind, paid):
    """Scenario 13: closed in flight. It cannot be read any more; its transfers can be looked up."""
    local.stripe.add_fault(kind, path=TRANSFERS)
    send(ready)
    assert ready.ambiguous
    local.stripe.deauthorize(ready.destination)
    onboarding.left(ready.destination, by=BY)
    settle(ready)
    if paid:
        assert_paid_once(local, ready)
    else:
        assert_payable_again(local, ready)


def test_who_leaves_before_the_first_try_is_payable_again_at_once(local, ready):
    local.stripe.deauthorize(ready.destination)
    local.stripe.add_fault("429", method="GET", path="/v2/core/accounts/")  # it is not asked
    onboarding.left(ready.destination, by=BY)
    send(ready)
    assert_payable_again(local, ready)


def test_an_unknown_account_fails_it(local, ready):
    Payout.objects.filter(pk=ready.pk).update(destination="acct_unknown")
    send(ready)
    assert_payable_again(local, ready)


# --- 14: the key was used for something else ----------------------------------------------------
def test_a_misused_key_freezes_it(local, ready):
    """Scenario 14: the same key with other parameters is frozen, and a person lets it go."""
    transfer = {"amount": 1, "currency": "usd", "destination": ready.destination}
    local.client.v1.transfers.create(transfer, {"idempotency_key": f"payout:{ready.pk}:1"})
    send(ready)
    assert (ready.state, purse(ready.annotator)) == ("frozen", (0, 0, 1700))
    told = Notice.objects.get(user=ready.annotator.user, kind="payout")
    assert told.text == "Your payout of $17.00 waits for a person."
    assert selector.frozen_count() == 1  # which the desk's first page shows
    sending.sweep(by=BY)
    assert len(transfers(local)) == 1
    with pytest.raises(Refused) as refusal:
        payouts.start(annotator_id=ready.annotator_id, currency="usd", by=BY)
    assert refusal.value.code == "payout_open"

    payouts.unfreeze(payout_id=ready.pk, reason="The other transfer was a test.", by=BY)
    settle(ready)
    assert_paid_once(local, ready)
    verbs = AuditEntry.objects.filter(subject=f"payout:{ready.pk}").order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "started_payout",
        "payout_frozen",
        "unfroze_payout",
        "payout_sent",
    ]


def test_two_transfers_of_one_payout_freeze_it(local, ready):
    for amount in (1700, 1700):
        local.client.v1.transfers.create(
            {
                "amount": amount,
                "currency": "usd",
                "destination": ready.destination,
                "transfer_group": f"payout_{ready.pk}",
            }
        )
    Payout.objects.filter(pk=ready.pk).update(ambiguous=True, last_look_at=clock.now())
    send(ready)
    assert ready.state == "frozen"
    assert "several transfers" in ready.last_error


# --- 15, 16: twice at once ----------------------------------------------------------------------
@pytest.mark.concurrency
def test_four_workers_on_one_row_make_one_transfer(local, ready):
    values(times(4, lambda: sending.send(ready.pk, by=BY)))
    settle(ready)
    assert_paid_once(local, ready)


# --- 24: Stripe's word comes before ours --------------------------------------------------------
def test_a_webhook_that_is_faster_than_our_commit(local, ready):
    """Scenario 24: `transfer.created` comes before the row is `sent`."""
    local.stripe.add_fault("drop_after", path=TRANSFERS)
    send(ready)
    made = local.client.v1.transfers.list().data[0]
    payouts.recognise(made.id, by=BY)
    assert_paid_once(local, ready)
    payouts.recognise(made.id, by=BY)
    settle(ready)
    assert_paid_once(local, ready)


def test_a_transfer_that_is_nobodys_is_kept_for_a_person(local):
    """What scenario 35 rests on: a transfer made by hand is kept, and moves nothing."""
    local.fund(5_000)
    account = local.onboarded()
    made = local.client.v1.transfers.create(
        {"amount": 500, "currency": "usd", "destination": account.id}
    )
    payouts.recognise(made.id, by=BY)
    assert AuditEntry.objects.get(verb="transfer_orphan").subject == f"transfer:{made.id}"


def test_a_transfer_of_a_failed_payout_is_kept_for_a_person(local, ready):
    local.stripe.set_transfers(ready.destination, "restricted")
    send(ready)
    local.stripe.set_transfers(ready.destination, "active")
    made = local.client.v1.transfers.create(
        {
            "amount": 1700,
            "currency": "usd",
            "destination": ready.destination,
            "metadata": {"payout": str(ready.pk)},
        }
    )
    payouts.recognise(made.id, by=BY)
    assert AuditEntry.objects.get(verb="payout_contradicted").data["transfer"] == made.id
    ready.refresh_from_db()
    assert ready.state == "failed"


def test_sending_refuses_a_transaction(local, ready):
    with pytest.raises(RuntimeError), transaction.atomic():
        sending.send(ready.pk, by=BY)
    assert transfers(local) == []
