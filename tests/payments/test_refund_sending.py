"""Parts of refunds sent exactly once: the real SDK against the local Stripe, and its faults."""

import uuid

import pytest

from accounts.models import Notice
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.models import OutboxMessage
from marketplace.ops import proof
from payments import jobs
from payments.actions import books, events, refund_outcomes, refund_sending, refunds, trying
from payments.models import Difference, RefundPart
from payments.states import REFUND_PART_MOVES
from payments.stripe.gateway import StripeUnanswered
from tests.payments.money import balance, pass_time, run_jobs
from tests.payments.refunding import BY, ask, at_stripe, paid, prepaid, refused
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support.races import at_once, values

REFUNDS = "/v1/refunds$"


@pytest.fixture
def org(db):
    return people.organization()


@pytest.fixture
def owner(org):
    return people.owner_of(org)


@pytest.fixture
def ready(local, org, owner):
    """A refund of 1,700 out of one payment of 5,000 that was begun and not yet sent."""
    paid(local, org, 5000)
    row = refunds.request(organization_id=org.pk, currency="usd", amount_minor=1700, by=owner)
    OutboxMessage.objects.all().delete()
    return row.parts.get()


def send(part):
    refund_sending.send(part.pk, by=BY)
    part.refresh_from_db()
    return part


def settle(part, hours=30):
    """Let time pass and the sweep run until the part rests."""
    for _ in range(hours * 2):
        part.refresh_from_db()
        if part.state in {"sent", "failed", "frozen"}:
            break
        pass_time(minutes=30)
        refund_sending.sweep(by=BY)
    return part


def assert_sent_once(local, part):
    part.refresh_from_db()
    assert part.state == "sent", (part.state, part.last_error)
    assert at_stripe(local) == [(part.payment_intent, 1700)]
    assert part.refund.state == "sent"
    assert prepaid(part.refund.organization) == 3300
    books.sync(by=BY)
    assert balance("clearing_refund", "platform") == 0
    assert proof.run() == []


def assert_prepaid_again(local, part):
    part.refresh_from_db()
    assert (part.state, part.refund.state, part.refund.failed_minor) == ("failed", "failed", 1700)
    assert prepaid(part.refund.organization) == 5000
    books.sync(by=BY)
    assert balance("clearing_refund", "platform") == 0
    assert proof.run() == []


# --- sending exactly once -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "kind",
    ["drop_before", "drop_after", "bad_json", "500_before", "500_after", "409", "429", "401"],
)
def test_one_fault_then_sent_exactly_once(local, ready, kind):
    local.stripe.add_fault(kind, path=REFUNDS)
    send(ready)
    assert ready.state in {"unknown", "sent"}
    assert prepaid(ready.refund.organization) == 3300  # nothing is given back on a fault
    settle(ready)
    assert_sent_once(local, ready)
    send(ready)
    assert_sent_once(local, ready)


def test_a_worker_that_died_after_the_call_is_made_good(local, ready):
    taken = refund_outcomes.take(ready.pk)
    refund_sending.refunds.create_refund(
        part_id=taken.pk, attempt=1, payment_intent=taken.payment_intent, amount_minor=1700
    )
    assert refund_outcomes.take(ready.pk) is None
    settle(ready)
    assert_sent_once(local, ready)


def test_after_a_day_the_refund_is_looked_for_before_it_is_sent_anew(local, ready):
    local.stripe.add_fault("drop_after", path=REFUNDS)
    send(ready)
    pass_time(hours=26)
    local.stripe.advance(26 * 3600)
    send(ready)
    assert_sent_once(local, ready)


def test_two_empty_looks_allow_a_new_key(local, ready):
    local.stripe.add_fault("500_before", path=REFUNDS)
    send(ready)
    assert (ready.state, ready.empty_looks) == ("unknown", 1)
    settle(ready)
    assert ready.attempt == 2
    assert_sent_once(local, ready)


def test_a_second_500_right_after_the_second_empty_look(local, ready):
    RefundPart.objects.update(
        empty_looks=1, last_look_at=money.clock.now() - money.clock.dt.timedelta(hours=1)
    )
    local.stripe.add_fault("500_before", path=REFUNDS)
    send(ready)
    assert (ready.state, ready.attempt, ready.ambiguous) == ("unknown", 2, False)
    settle(ready)
    assert_sent_once(local, ready)


def test_a_look_that_is_not_answered_teaches_nothing(local, ready):
    local.stripe.add_fault("500_before", path=REFUNDS)
    local.stripe.add_fault("drop_before", path=REFUNDS, method="GET")
    send(ready)
    assert (ready.state, ready.empty_looks, ready.ambiguous) == ("unknown", 0, True)
    settle(ready)
    assert_sent_once(local, ready)


def test_an_executed_refusal_gives_the_money_back(local, ready):
    """The payment was refunded by hand at Stripe: ours is refused, for good."""
    local.fund(100_000)
    local.client.v1.refunds.create({"payment_intent": ready.payment_intent})
    send(ready)
    ready.refresh_from_db()
    assert (ready.state, ready.refund.state) == ("failed", "failed")
    assert prepaid(ready.refund.organization) == 5000
    assert "already been refunded" in ready.last_error
    text = Notice.objects.get(kind="refund").text
    assert text.startswith("Of your refund of $17.00, $17.00 was refused")


def test_a_refusal_after_a_lost_answer_is_looked_into(local, ready):
    """The first try worked and its answer was lost; the second was refused at the door."""
    local.stripe.add_fault("drop_after", path=REFUNDS)
    send(ready)
    local.fund(100_000)
    local.client.v1.refunds.create({"payment_intent": ready.payment_intent})
    RefundPart.objects.update(attempt=2)  # as if the key were another: the refusal is executed
    pass_time(minutes=2)
    send(ready)
    assert (ready.state, ready.refund.state) == ("sent", "sent")


def test_an_empty_balance_at_stripe_waits_under_a_new_key(local, ready):
    spend = local.onboarded()
    whole = local.client.v1.balance.retrieve().available[0].amount
    local.client.v1.transfers.create({"amount": whole, "currency": "usd", "destination": spend.id})
    send(ready)
    assert (ready.state, ready.attempt) == ("ready", 2)
    assert prepaid(ready.refund.organization) == 3300
    local.fund(100_000)
    pass_time(hours=2)
    send(ready)
    assert (ready.state, ready.refund.state) == ("sent", "sent")


def test_a_misused_key_freezes_the_part_until_a_person_has_looked(local, ready):
    local.client.v1.refunds.create(
        {"payment_intent": ready.payment_intent, "amount": 5},
        {"idempotency_key": f"refund:{ready.pk}:1"},
    )
    send(ready)
    assert ready.state == "frozen"
    assert Difference.objects.get().subject == f"refund_part:{ready.pk}"
    staff = Actor(ActorKind.STAFF, str(uuid.uuid4()))
    call = refund_outcomes.unfreeze
    assert refused(call, part_id=ready.pk, reason="Looked", by=BY).status == 403
    assert refused(call, part_id=ready.pk, reason=" ", by=staff).status == 422
    assert refused(call, part_id=uuid.uuid4(), reason="Looked", by=staff).status == 404
    call(part_id=ready.pk, reason="Nothing was sent", by=staff)
    assert refused(call, part_id=ready.pk, reason="Looked", by=staff).code == "wrong_state"
    settle(ready)
    assert (ready.state, ready.attempt) == ("sent", 2)


def test_two_refunds_with_one_mark_or_another_amount_freeze(local, ready):
    mark = {"refund_part": str(ready.pk)}
    for _ in range(2):
        local.client.v1.refunds.create(
            {"payment_intent": ready.payment_intent, "amount": 5, "metadata": mark}
        )
    RefundPart.objects.update(ambiguous=True, last_look_at=money.clock.now())
    send(ready)
    assert ready.state == "frozen"
    assert "several refunds" in ready.last_error


def test_a_refund_of_another_amount_freezes(local, ready):
    mark = {"refund_part": str(ready.pk)}
    local.client.v1.refunds.create(
        {"payment_intent": ready.payment_intent, "amount": 5, "metadata": mark}
    )
    RefundPart.objects.update(ambiguous=True, last_look_at=money.clock.now())
    send(ready)
    assert (ready.state, "differs" in ready.last_error) == ("frozen", True)


def test_what_a_slow_worker_learnt_late_is_not_written(local, ready):
    late = refund_outcomes.take(ready.pk)
    settle(ready)
    refund_outcomes.refused(late, "refused", by=BY)
    refund_outcomes.frozen(late, "frozen", by=BY)
    trying.later(late, "late", moves=REFUND_PART_MOVES, ambiguous=True)
    assert trying.looked_in_vain(late, moves=REFUND_PART_MOVES) is False
    assert_sent_once(local, ready)


def test_the_sweep_ends_in_time(local, ready, monkeypatch):
    monkeypatch.setattr(refund_sending, "SWEEP_SECONDS", -1)
    assert refund_sending.sweep(by=BY) == 0


def test_two_workers_at_once_send_once(local, ready):
    values(at_once(*[lambda: refund_sending.send(ready.pk, by=BY)] * 4))
    settle(ready)
    assert_sent_once(local, ready)


# --- what Stripe tells later --------------------------------------------------------------------
def hear(local, kind):
    """Take in the newest event of a kind, as its webhook would bring it."""
    event = local.client.v1.events.list({"type": kind, "limit": 1}).data[0]
    return events.HANDLERS[kind](event.data.object["id"], by=BY)


def test_a_refund_that_the_bank_sends_back_is_prepaid_again_once(local, ready):
    send(ready)
    assert_sent_once(local, ready)
    local.stripe.fail_refund(ready.stripe_refund)
    for _ in range(2):
        hear(local, "refund.failed")
        hear(local, "refund.updated")
    assert_prepaid_again(local, ready)
    assert not Difference.objects.exists()


def test_one_part_of_two_that_comes_back(local, org, owner):
    paid(local, org, 3000)
    newer = paid(local, org, 2000)
    row = ask(org, owner, 2600)
    first, second = row.parts.order_by("-amount_minor")
    assert first.payment_intent == newer.payment_intent
    send(first)
    local.stripe.fail_refund(first.stripe_refund)
    hear(local, "refund.failed")  # while the other is still to be sent
    row.refresh_from_db()
    assert (row.state, row.failed_minor, prepaid(org)) == ("sending", 2000, 4400)
    send(second)
    row.refresh_from_db()
    assert (row.state, row.failed_minor) == ("sent", 2000)
    books.sync(by=BY)
    assert (balance("clearing_refund", "platform"), proof.run()) == (0, [])
    local.stripe.fail_refund(second.stripe_refund)
    hear(local, "refund.failed")
    row.refresh_from_db()
    assert (row.state, row.failed_minor, prepaid(org)) == ("failed", 2600, 5000)


def test_a_part_that_fails_after_all_were_sent(local, org, owner):
    paid(local, org, 3000)
    paid(local, org, 2000)
    row = ask(org, owner, 2600)
    run_jobs()
    small = row.parts.order_by("amount_minor")[0]
    local.stripe.fail_refund(small.stripe_refund)
    hear(local, "refund.failed")
    row.refresh_from_db()
    assert (row.state, row.failed_minor) == ("sent", 600)
    assert proof.run() == []


@pytest.mark.parametrize("kind", ["refund.created", "charge.refunded"])
def test_an_event_before_our_commit_counts(local, ready, kind):
    taken = refund_outcomes.take(ready.pk)
    refund_sending.refunds.create_refund(
        part_id=taken.pk, attempt=1, payment_intent=taken.payment_intent, amount_minor=1700
    )
    hear(local, kind)
    assert_sent_once(local, ready)


def test_a_refund_that_failed_before_anybody_looked(local, ready):
    taken = refund_outcomes.take(ready.pk)
    made = refund_sending.refunds.create_refund(
        part_id=taken.pk, attempt=1, payment_intent=taken.payment_intent, amount_minor=1700
    )
    local.stripe.fail_refund(made.id)
    RefundPart.objects.update(last_look_at=money.clock.now())
    settle(ready)
    assert_prepaid_again(local, ready)


@pytest.mark.parametrize("mark", [{}, {"refund_part": str(uuid.uuid4())}])
def test_a_refund_made_by_hand_is_a_row_for_a_person(local, ready, mark):
    local.client.v1.refunds.create(
        {"payment_intent": ready.payment_intent, "amount": 7, "metadata": mark}
    )
    hear(local, "refund.created")
    hear(local, "refund.created")
    found = Difference.objects.get()
    assert (found.kind, found.theirs_minor) == ("refund_unknown", 7)


def test_another_refund_of_a_part_that_is_sent_is_a_contradiction(local, ready):
    send(ready)
    local.client.v1.refunds.create(
        {
            "payment_intent": ready.payment_intent,
            "amount": 1700,
            "metadata": {"refund_part": str(ready.pk)},
        }
    )
    hear(local, "refund.created")
    assert Difference.objects.get().kind == "refund_contradicted"


def test_an_event_while_stripe_is_away_is_tried_again(local, ready):
    send(ready)
    local.stripe.add_fault("drop_before", path="/v1/refunds/", method="GET")
    with pytest.raises(StripeUnanswered):
        refund_sending.recognise(ready.stripe_refund, by=BY)


def test_the_jobs_do_the_same(local, ready):
    jobs.send_refund(str(ready.pk))
    jobs.send_refunds()
    assert_sent_once(local, ready)
