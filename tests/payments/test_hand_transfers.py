"""A transfer made by hand in Stripe's dashboard pays and is owed; and the desk that books."""

import uuid

import pytest

from marketplace.core.actors import Actor, ActorKind
from payments import jobs
from payments.actions import (
    books,
    holds,
    outcomes,
    payouts,
    sending,
)
from payments.models import (
    Clawback,
    ConnectedAccount,
    Difference,
    Earning,
    HandBooking,
    Payout,
    Recovery,
    Reversal,
)
from tests.payments import clients
from tests.payments.by_hand_helpers import (
    ADA,
    WHY,
    book,
    earn,
    open_kinds,
    owed,
    quiet,
    refund_by_hand,
    transfer_by_hand,
)
from tests.payments.money import at_stripe, balance, purse, run_jobs
from tests.payments.refunding import paid, prepaid, refused
from tests.support.desk import Desk, done, faults, told
from tests.support.factories_payments import BY


@pytest.fixture
def who(local):
    """An annotator who may be paid, with 1,000 and 600 payable; we have money at Stripe."""
    made = at_stripe(local)
    org = clients.client()
    paid(local, org, 100_000)
    earn(local, made, 1_000)
    earn(local, made, 600)
    return made


def test_a_transfer_by_hand_pays_what_is_payable_and_the_rest_is_owed(local, who):
    name = transfer_by_hand(local, who, 2_000)
    books.sync(by=BY)
    assert balance("clearing_transfer", "platform") == -2_000  # the control
    row = book()
    payout = Payout.objects.get()
    assert (payout.state, payout.amount_minor, payout.stripe_transfer) == ("sent", 2_000, name)
    assert (row.payout, row.clawback.amount_minor, row.annotator) == (payout, 400, who)
    assert (purse(who), owed(who)) == ((0, 0, 0), 400)
    assert set(payout.earnings.values_list("amount_minor", "state")) == {
        (1_000, "paid"), (600, "paid"), (400, "paid"),
    }  # fmt: skip
    assert balance("platform_cost", "platform") == 0
    assert told(who) == [
        ("payout", "We sent you $20.00 by hand. It counts as a payout."),
        ("clawback", "$4.00 of it is ahead of what you had earned: later payouts keep it."),
    ]
    payouts.recognise(name, by=BY)  # an event that comes late
    quiet()
    earn(local, who, 5_000)
    made = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    assert (made.amount_minor, made.recovered_minor, owed(who)) == (4_600, 400, 0)
    sending.send(made.pk, by=BY)
    quiet()


def test_it_counts_nothing_against_the_annotator(local, who, settings):
    settings.CLAWBACK_ALONE_MINOR = {"usd": 100_000}
    who.tier = 2
    who.save()
    before = holds.of([who.pk])[who.pk].reason
    transfer_by_hand(local, who, 50_000)
    book()
    assert (owed(who), holds.of([who.pk])[who.pk].reason) == (48_400, before)


def test_whole_earnings_are_paid_that_fit_and_nothing_is_owed(local, who):
    transfer_by_hand(local, who, 1_000)
    book()
    assert (purse(who), owed(who)) == ((0, 600, 0), 0)
    assert list(Earning.objects.filter(state="paid").values_list("amount_minor", flat=True)) == [
        1_000
    ]
    assert not Clawback.objects.exists()
    quiet()


def test_an_earning_that_does_not_fit_stays_payable(local, who):
    transfer_by_hand(local, who, 700)
    book()
    assert (purse(who), owed(who)) == ((0, 1_000, 0), 100)
    quiet()


def test_a_large_transfer_needs_a_second_person_also_in_small_ones(local, who, settings):
    settings.CLAWBACK_ALONE_MINOR = {"usd": 1_500}
    transfer_by_hand(local, who, 1_000)
    book()
    transfer_by_hand(local, who, 900)
    assert book().booked_at is None
    assert owed(who) == 0
    row = book(by=ADA)
    assert (owed(who), row.clawback.approved_by, row.clawback.second_needed) == (300, ADA.key, True)
    quiet()


def test_nobody_books_a_transfer_to_themselves_nor_to_a_stranger(local, who):
    name = transfer_by_hand(local, who, 700)
    own = Actor(ActorKind.STAFF, str(who.user_id))
    assert refused(book, by=own).code == "own_money"
    ConnectedAccount.objects.update(stripe_account="acct_another")
    assert refused(book).code == "not_ours"
    assert not Payout.objects.filter(stripe_transfer=name).exists()


def test_a_transfer_that_may_be_a_payout_under_way_waits_for_it(local, who):
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    transfer_by_hand(local, who, 700, metadata={"payout": str(row.pk)})
    assert refused(book).code == "is_ours"


def test_a_second_transfer_of_a_payout_is_booked(local, who):
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    sending.send(row.pk, by=BY)
    name = transfer_by_hand(local, who, 1_600, metadata={"payout": str(row.pk)})
    assert open_kinds() == {"payout_contradicted"}
    book()
    assert (owed(who), Payout.objects.count()) == (1_600, 2)
    Difference.objects.create(kind="transfer_orphan", subject=f"transfer:{name}", reason="Again.")
    assert refused(book).code == "already_booked"
    Difference.objects.filter(state="open").delete()
    quiet()


def test_a_reversal_of_it_settles_the_debt_and_the_rest_waits_for_a_person(local, who):
    name = transfer_by_hand(local, who, 2_000)
    book()
    local.client.v1.transfers.reversals.create(name, {"amount": 1_000})
    books.sync(by=BY)
    assert (owed(who), Payout.objects.get().state) == (0, "part_reversed")
    assert (Recovery.objects.get().amount_minor, Reversal.objects.get().returned_minor) == (
        400,
        600,
    )
    quiet()


def test_what_came_back_before_it_was_booked_is_booked_by_a_job(local, who):
    name = transfer_by_hand(local, who, 2_000)
    local.client.v1.transfers.reversals.create(name, {})
    books.sync(by=BY)
    assert balance("clearing_reversal", "platform") == 2_000  # the control
    book()
    run_jobs()
    assert (Payout.objects.get().state, owed(who)) == ("reversed", 0)
    jobs.follow_transfer(str(Payout.objects.get().pk))  # twice is once
    assert Reversal.objects.get().returned_minor == 1_600
    quiet()


def test_what_was_returned_before_settles_the_new_debt(local, who):
    first = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    sending.send(first.pk, by=BY)
    first.refresh_from_db()
    local.client.v1.transfers.reversals.create(first.stripe_transfer, {"amount": 500})
    books.sync(by=BY)
    transfer_by_hand(local, who, 700)
    book()
    assert (owed(who), Recovery.objects.get().way) == (200, "returned")
    quiet()


def test_a_debt_by_hand_is_settled_where_the_payout_failed_first(local, who):
    """Booked as failed, and sent all the same: the money that is payable again is what it paid."""
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    outcomes.failed(outcomes.take(row.pk), "No.", by=BY)
    transfer_by_hand(local, who, 1_600, metadata={"payout": str(row.pk)})
    book()
    assert (purse(who), owed(who)) == ((0, 0, 0), 0)
    quiet()


def test_the_desk_shows_what_would_be_booked_and_books_it(local, who):
    org = clients.client()
    intent = paid(local, org, 10_000).payment_intent
    ada, table = Desk(administrator=True), "payments/difference"
    refund_by_hand(local, intent, 1_700)
    row = Difference.objects.get(kind="refund_unknown")
    assert f"/admin/{table}/{row.pk}/book/" in ada.page(table, f"{row.pk}/decide/")
    page = ada.page(table, f"{row.pk}/book/")
    assert "A refund of $17.00" in page
    assert "prepaid money falls by this amount" in page
    address = f"/admin/{table}/{row.pk}/book/"
    assert faults(ada.browser.post(address, {"reason": ""})) == {
        "reason": ["This field is required."]
    }
    assert done(ada.browser.post(address, {"reason": WHY}))
    assert prepaid(org) == 8_300
    assert ada.browser.get(address).status_code == 422
    assert WHY in ada.page("payments/handbooking")
    transfer_by_hand(local, who, 6_000)
    row = Difference.objects.get(kind="transfer_orphan")
    address = f"/admin/{table}/{row.pk}/book/"
    assert "It counts as a payout" in ada.page(table, f"{row.pk}/book/")
    assert done(ada.browser.post(address, {"reason": WHY}))
    assert "by one person already" in ada.page(table, f"{row.pk}/book/")
    assert faults(ada.browser.post(address, {"reason": WHY})) == {
        "__all__": ["Somebody else has to book this."]
    }
    assert done(Desk(administrator=True).browser.post(address, {"reason": "Seen."}))
    assert HandBooking.objects.filter(booked_at__isnull=False).count() == 2
    gone = f"/admin/{table}/{uuid.uuid4()}/book/"
    assert ada.browser.get(gone).status_code == 404
    assert Desk().browser.get(address).status_code == 403
