"""No event came and none can be fetched any more; Stripe's books still tell of it."""

import pytest

from payments.actions import books, payouts, sending
from payments.actions.comparisons.register import compare
from payments.models import Difference, Dispute, RefundPart, Reversal
from payments.states import ComparisonName
from payments.stripe import reversals
from tests.payments.money import at_stripe, balance, pass_time, run_jobs
from tests.payments.refunding import ask, paid, prepaid
from tests.support import factories_payments as money
from tests.support.factories_payments import BY, earn_payable

LONG = 40  # days: longer than Stripe keeps its events


@pytest.fixture
def sent(local):
    """A payout of 1,700 that was sent, in books that were read up to then."""
    local.fund(100_000)
    who = at_stripe(local)
    earn_payable(who, 1_700)
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    sending.send(row.pk, by=BY)
    books.sync(by=BY)
    compare(ComparisonName.TRANSFERS, by=BY)
    row.refresh_from_db()
    return row


def days_pass(local):
    pass_time(days=LONG)
    local.stripe.advance(LONG * 86_400)


def reversed_by_hand(local, row, amount):
    made = local.client.v1.transfers.reversals.create(row.stripe_transfer, {"amount": amount})
    days_pass(local)
    return made.id


def state(row):
    """(state, what came back) of a payout; what stands between us and Stripe."""
    row.refresh_from_db()
    return row.state, row.reversed_minor, balance("clearing_reversal", "platform")


def test_a_reversal_that_no_event_told_is_found_in_stripes_books(local, sent):
    name = reversed_by_hand(local, sent, 600)
    compare(ComparisonName.EVENTS, by=BY)
    assert compare(ComparisonName.TRANSFERS, by=BY).differences == 0
    assert state(sent) == ("sent", 0, 0)  # the control: what else looks does not find it
    assert books.sync(by=BY) == 1
    assert state(sent) == ("part_reversed", 600, 0)
    assert Reversal.objects.get().stripe_reversal == name
    assert books.sync(by=BY) == 0
    assert (state(sent), Reversal.objects.count()) == (("part_reversed", 600, 0), 1)


def test_one_that_stripe_does_not_answer_for_is_read_with_the_next_books(local, sent):
    reversed_by_hand(local, sent, 600)
    local.stripe.add_fault("500_before", method="GET", path="reversals", times=9)
    assert books.sync(by=BY) == 1
    assert state(sent) == ("sent", 0, 600)
    local.stripe.clear_faults()
    assert books.sync(by=BY) == 0
    assert state(sent) == ("part_reversed", 600, 0)


def test_money_of_a_transfer_that_is_not_ours_stays_for_a_person(local, sent):
    form = {"amount": 900, "currency": "usd", "destination": sent.destination}
    other = local.client.v1.transfers.create(form)
    local.client.v1.transfers.reversals.create(other.id, {"amount": 400})
    assert books.sync(by=BY) == 2
    assert (state(sent), Reversal.objects.count()) == (("sent", 0, 400), 0)
    compare(ComparisonName.TRANSFERS, by=BY)
    assert Difference.objects.get(kind="transfer_orphan").subject == f"transfer:{other.id}"


def test_a_movement_of_another_kind_names_no_transfer(local, sent):
    (charge, *_) = local.client.v1.balance_transactions.list({"type": "charge"}).data
    assert reversals.transfer_of(charge.id) == ""


def test_a_refund_that_a_bank_sent_back_is_prepaid_again(local):
    org = money.organization()
    paid(local, org, 10_000)
    ask(org, BY, 1_700)
    run_jobs()
    part = RefundPart.objects.get()
    assert (part.state, prepaid(org)) == ("sent", 8_300)
    books.sync(by=BY)
    local.stripe.fail_refund(part.stripe_refund)
    days_pass(local)
    compare(ComparisonName.EVENTS, by=BY)
    part.refresh_from_db()
    assert part.state == "sent"  # the control
    books.sync(by=BY)
    part.refresh_from_db()
    assert (part.state, prepaid(org)) == ("failed", 10_000)
    assert balance("clearing_refund", "platform") == 0
    books.sync(by=BY)
    assert prepaid(org) == 10_000


def test_a_dispute_that_no_event_told_is_found_and_so_is_its_end(local, sent):
    intent = local.fund(10_000)
    books.sync(by=BY)
    made = local.stripe.open_dispute(intent.id)
    days_pass(local)
    compare(ComparisonName.EVENTS, by=BY)
    assert not Dispute.objects.exists()  # the control
    books.sync(by=BY)
    row = Dispute.objects.get()
    assert (row.state, row.withdrawn_minor, row.reinstated_minor) == ("open", 10_000, 0)
    assert balance("platform_loss", "platform") == -10_000
    local.stripe.move_dispute(made["id"], "won")
    days_pass(local)
    books.sync(by=BY)
    row.refresh_from_db()
    assert (row.state, row.withdrawn_minor, row.reinstated_minor) == ("won", 10_000, 10_000)
    assert balance("platform_loss", "platform") == 0
    assert balance("clearing_dispute", "platform") == 0
