"""A refund made by hand in Stripe's dashboard is booked by staff, once, and then is quiet."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Notice, Organization
from marketplace.core.actors import Actor, ActorKind
from payments.actions import (
    books,
    by_hand,
    differences,
    funds,
    refund_sending,
)
from payments.models import (
    Difference,
    HandBooking,
    Refund,
    RefundPart,
)
from tests.payments import clients
from tests.payments.by_hand_helpers import (
    ADA,
    GRACE,
    WHY,
    book,
    open_kinds,
    quiet,
    refund_by_hand,
)
from tests.payments.money import balance, run_jobs
from tests.payments.refunding import ask, paid, prepaid, refused
from tests.properties.money_world import findings
from tests.support.desk import Desk
from tests.support.factories_payments import BY, deposit
from tests.support.races import at_once, codes, values


@pytest.fixture
def org(local):
    """A client with an owner, and 10,000 prepaid that Stripe has."""
    who = clients.client()
    who.intent = paid(local, who, 10_000).payment_intent
    return who


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


def test_staff_who_belong_to_the_client_do_not_book_it(local, org):
    refund_by_hand(local, org.intent, 1_700)
    member = Actor(ActorKind.STAFF, str(org.memberships.get().user_id))
    assert refused(book, by=member).code == "own_money"
    assert prepaid(org) == 10_000


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


def test_a_difference_that_is_settled_in_words_leaves_nothing_to_book(local, org, settings):
    settings.REFUND_APPROVAL_MINOR = 1_000
    refund_by_hand(local, org.intent, 1_700)
    row = book().difference
    differences.resolve(difference_id=row.pk, resolution="The bank's mistake.", by=GRACE)
    again = {"difference_id": row.pk, "reason": WHY, "by": ADA}
    assert refused(by_hand.book, **again).code == "not_bookable"


def test_the_top_up_is_locked_before_the_purse_as_by_a_refund_that_is_approved(local, org):
    """In the other order the two would wait for each other: an approval locks no client."""
    refund_by_hand(local, org.intent, 1_700)
    with CaptureQueriesContext(connection) as seen:
        book()
    locks = [one["sql"] for one in seen if "FOR NO KEY UPDATE" in one["sql"]]
    tables = ("payments_topuprule", "payments_ledgeraccount")
    first = [next(i for i, sql in enumerate(locks) if table in sql) for table in tables]
    assert first == sorted(first)


def test_who_books_reads_before_what_the_platform_would_lose(local, org):
    funds.allocate(
        organization_id=org.pk, pot="project:a", currency="usd", amount_minor=9_000, by=BY
    )
    refund_by_hand(local, org.intent, 1_700)
    page = Desk(administrator=True).page(
        "payments/difference", f"{Difference.objects.get().pk}/book/"
    )
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Prepaid now $10.00 The platform&#x27;s loss $7.00" in told
    assert "what is free in projects is not taken" in told
    assert prepaid(org) == 1_000
