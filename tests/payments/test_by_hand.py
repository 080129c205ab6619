"""What a person moved by hand in Stripe's dashboard is booked by staff, once, and then is quiet."""

import uuid

import pytest

from accounts.models import Notice, Organization
from marketplace.core.actors import Actor, ActorKind
from payments import jobs
from payments.actions import (
    books,
    by_hand,
    differences,
    holds,
    outcomes,
    payouts,
    refund_sending,
    sending,
)
from payments.actions.comparisons.register import compare
from payments.models import (
    Clawback,
    ConnectedAccount,
    Difference,
    Earning,
    HandBooking,
    Payout,
    Recovery,
    Refund,
    RefundPart,
    Reversal,
)
from payments.states import ComparisonName
from tests.payments import clients
from tests.payments.money import at_stripe, balance, pass_time, purse, run_jobs
from tests.payments.refunding import ask, paid, prepaid, refused
from tests.properties.money_world import findings
from tests.support.desk import Desk, done, faults, told
from tests.support.factories_payments import BY, deposit, earn_payable
from tests.support.races import at_once, codes, values

GRACE, ADA = (Actor(ActorKind.STAFF, str(number)) for number in (1, 2))
WHY = "Sent back in the dashboard, since the client had asked by phone."
CLEARING = ("clearing_refund", "clearing_transfer", "clearing_reversal")


def quiet():
    """Cash agrees, every transfer is a payout, nothing is between us and Stripe, no audit finds."""
    assert compare(ComparisonName.CASH, by=BY).proves
    assert compare(ComparisonName.TRANSFERS, by=BY).proves
    assert [balance(kind, "platform") for kind in CLEARING] == [0, 0, 0]
    pass_time(days=8)
    assert compare(ComparisonName.CLEARING, by=BY).proves
    assert findings(at_rest=True) == []


def open_kinds():
    return set(Difference.objects.filter(state="open").values_list("kind", flat=True))


def book(by=GRACE, reason=WHY):
    row = Difference.objects.filter(state="open", kind__in=(*by_hand.REFUNDS, *by_hand.TRANSFERS))
    return by_hand.book(difference_id=row.get().pk, reason=reason, by=by)


def refund_by_hand(local, intent, amount, **mark):
    made = local.client.v1.refunds.create(
        {"payment_intent": intent, "amount": amount, "metadata": mark}
    )
    refund_sending.recognise(made.id, by=BY)
    return made.id


def transfer_by_hand(local, who, amount, **more):
    account = ConnectedAccount.objects.get(annotator=who).stripe_account
    made = local.client.v1.transfers.create(
        {"amount": amount, "currency": "usd", "destination": account, **more}
    )
    compare(ComparisonName.TRANSFERS, by=BY)
    return made.id


@pytest.fixture
def org(local):
    """A client with an owner, and 10,000 prepaid that Stripe has."""
    who = clients.client()
    who.intent = paid(local, who, 10_000).payment_intent
    return who


@pytest.fixture
def who(local):
    """An annotator who may be paid, with 1,000 and 600 payable; we have money at Stripe."""
    made = at_stripe(local)
    org = clients.client()
    paid(local, org, 100_000)
    earn(local, made, 1_000)
    earn(local, made, 600)
    return made


def earn(local, who, amount):
    """Payable money that a client paid in at Stripe."""
    local.fund(amount)
    earn_payable(who, amount)


def owed(who):
    return -balance("annotator_debt", f"annotator:{who.pk}")


def test_a_refund_by_hand_is_taken_from_prepaid_money_and_is_quiet_after(local, org):
    name = refund_by_hand(local, org.intent, 1_700)
    books.sync(by=BY)
    assert balance("clearing_refund", "platform") == -1_700  # the control
    row = book()
    assert (prepaid(org), balance("platform_loss", "platform")) == (8_300, 0)
    refund = Refund.objects.get()
    assert (refund.state, refund.amount_minor, refund.borne_minor) == ("sent", 1_700, 0)
    assert (refund.reason, refund.asked_by, refund.decided_by) == (WHY, GRACE.key, "")
    assert (row.refund, row.stripe_id, RefundPart.objects.get().stripe_refund) == (
        refund, name, name,
    )  # fmt: skip
    owner = org.memberships.get().user_id
    assert Notice.objects.get(user=owner).text.startswith("Your refund of $17.00 was sent.")
    assert Difference.objects.get().resolution == f"Booked: {WHY}"
    refund_sending.recognise(name, by=BY)  # an event that comes late
    assert open_kinds() == set()
    quiet()
    local.fund(1_000)  # Stripe's fee took a part
    ask(org, BY, 8_300)  # what is left of the payment, and no more, can go back
    run_jobs()
    assert (prepaid(org), Refund.objects.filter(state="sent").count()) == (0, 2)


def test_what_prepaid_money_does_not_hold_is_the_platforms_loss_until_it_comes_back(local, org):
    ask(org, BY, 9_000)
    run_jobs()
    pot = paid(local, org, 500)  # 1,500 prepaid; 1,000 of the first payment is left at Stripe
    intent = local.fund(4_000).id
    deposit(Organization.objects.create(name="Other").pk, 4_000)
    pot.payment_intent = intent
    pot.save(update_fields=["payment_intent"])
    name = refund_by_hand(local, intent, 4_000)
    book()
    assert (prepaid(org), balance("platform_loss", "platform")) == (0, -2_500)
    assert Refund.objects.latest("created_at").borne_minor == 2_500
    assert findings() == [row for row in findings() if row[0] == "deposits"]
    local.stripe.fail_refund(name)
    refund_sending.recognise(name, by=BY)
    refund_sending.recognise(name, by=BY)
    assert (prepaid(org), balance("platform_loss", "platform")) == (1_500, 0)


def test_above_the_limit_another_person_books_it(local, org, settings):
    settings.REFUND_APPROVAL_MINOR = 1_000
    refund_by_hand(local, org.intent, 1_700)
    row = book()
    assert (row.booked_at, prepaid(org)) == (None, 10_000)
    assert refused(book).code == "same_person"
    assert book(by=ADA, reason="Seen.").reason == WHY
    row.refresh_from_db()
    assert (row.asked_by, row.decided_by, prepaid(org)) == (GRACE.key, ADA.key, 8_300)
    assert Refund.objects.get().decided_by == ADA.key


def test_what_is_refused_books_nothing(local, org):
    name = refund_by_hand(local, org.intent, 1_700)
    row = Difference.objects.get()
    assert refused(book, by=BY).code == "not_permitted"
    assert refused(book, reason=" ").code == "invalid"
    unknown = {"difference_id": uuid.uuid4(), "reason": WHY, "by": GRACE}
    assert refused(by_hand.book, **unknown).code == "not_found"
    local.stripe.add_fault("500_before", method="GET", path="refunds", times=1)
    assert refused(book).code == "stripe_away"
    Difference.objects.update(subject="refund:re_nobodys")
    assert refused(book).code == "not_at_stripe"
    Difference.objects.update(subject=row.subject)
    Difference.objects.update(kind="cash_gap")
    again = {"difference_id": row.pk, "reason": WHY, "by": GRACE}
    assert refused(by_hand.book, **again).code == "not_bookable"
    Difference.objects.update(kind=row.kind)
    local.stripe.fail_refund(name)
    assert refused(book).code == "not_at_stripe"
    assert (prepaid(org), HandBooking.objects.count()) == (10_000, 0)


def test_a_refund_of_a_payment_that_is_no_deposit_is_not_booked(local, org):
    refund_by_hand(local, local.fund(900).id, 900)
    assert refused(book).code == "not_ours"


def test_a_refund_in_a_currency_that_we_do_not_keep_is_not_booked(local, org):
    local.fund(9_000, "sek")
    refund_by_hand(local, local.fund(900, "sek").id, 900)
    assert refused(book).code == "not_ours"


def test_a_refund_that_may_be_one_of_ours_waits_for_it(local, org):
    ask(org, BY, 1_700)
    part = RefundPart.objects.get()
    refund_by_hand(local, org.intent, 900, refund_part=str(part.pk))
    assert refused(book).code == "is_ours"
    run_jobs()
    assert RefundPart.objects.get().state == "sent"
    book()  # it is another one after all
    assert prepaid(org) == 7_400
    quiet()


def test_a_second_refund_of_one_of_ours_is_booked_and_stays_quiet(local, org):
    ask(org, BY, 1_700)
    run_jobs()
    part = RefundPart.objects.get()
    name = refund_by_hand(local, org.intent, 1_700, refund_part=str(part.pk))
    assert open_kinds() == {"refund_contradicted"}
    book()
    refund_sending.recognise(name, by=BY)
    assert (prepaid(org), open_kinds()) == (6_600, set())
    quiet()


def test_two_clicks_book_it_once(local, org):
    refund_by_hand(local, org.intent, 1_700)
    row = Difference.objects.get()

    def click():
        return by_hand.book(difference_id=row.pk, reason=WHY, by=GRACE)

    found = at_once(click, click, click)
    assert len(values(found)) == 1
    assert set(codes(found)) <= {"wrong_state", "already_booked", "not_bookable"}
    assert (prepaid(org), HandBooking.objects.count()) == (8_300, 1)


def test_a_known_number_is_not_booked_by_another_difference(local, org):
    name = refund_by_hand(local, org.intent, 1_700)
    book()
    Difference.objects.create(kind="refund_unknown", subject=f"refund:{name}", reason="Again.")
    assert refused(book).code == "already_booked"


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
    jobs.follow_transfer(name)  # twice is once
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


def test_the_desk_shows_what_would_be_booked_and_books_it(local, org, who):
    ada, table = Desk(administrator=True), "payments/difference"
    refund_by_hand(local, org.intent, 1_700)
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


def test_a_difference_that_is_settled_in_words_leaves_nothing_to_book(local, org, settings):
    settings.REFUND_APPROVAL_MINOR = 1_000
    refund_by_hand(local, org.intent, 1_700)
    row = book().difference
    differences.resolve(difference_id=row.pk, resolution="The bank's mistake.", by=GRACE)
    again = {"difference_id": row.pk, "reason": WHY, "by": ADA}
    assert refused(by_hand.book, **again).code == "not_bookable"
