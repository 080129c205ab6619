"""A client's money on its way back: the real SDK against the local Stripe."""

import threading
import uuid

import pytest

from accounts.models import Notice
from accounts.states import Role
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Refused
from marketplace.core.models import OutboxMessage
from marketplace.ops import proof
from payments import jobs
from payments.actions import books, events, refund_outcomes, refund_sending, refunds
from payments.actions import funds as moving
from payments.models import Deposit, Difference, Refund, RefundPart
from payments.stripe.gateway import StripeUnanswered
from tests.payments.money import balance, pass_time, run_jobs
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work
from tests.support.races import at_once, codes, values

BY = money.BY
REFUNDS = "/v1/refunds$"


def paid(local, org, amount, currency="usd"):
    """A deposit that Stripe has the money of."""
    intent = local.fund(amount, currency)
    row = Deposit.objects.create(
        organization=org,
        currency=currency,
        amount_minor=amount,
        state="paid",
        payment_intent=intent.id,
        paid_at=money.clock.now(),
    )
    legs = [
        ("clearing_charge", "platform", -amount),
        ("client_prepaid", f"org:{org.pk}", amount),
    ]
    with money.transaction.atomic():
        money.post(
            [money.Posting(f"fund:{intent.id}", "fund", legs, currency, {"deposit": str(row.pk)})],
            by=BY,
        )
    return row


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


def ask(org, by, amount=1700, currency="usd"):
    return refunds.request(organization_id=org.pk, currency=currency, amount_minor=amount, by=by)


def prepaid(org, currency="usd"):
    return balance("client_prepaid", f"org:{org.pk}", currency)


def at_stripe(local):
    """The refunds at the local Stripe: payment and amount."""
    found = local.client.v1.refunds.list({"limit": 100}).data
    return sorted((row.payment_intent, row.amount) for row in found)


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


def refused(call, *args, **named):
    with pytest.raises(Refused) as caught:
        call(*args, **named)
    return caught.value


# --- asking -------------------------------------------------------------------------------------
def test_money_goes_back_to_the_newest_payments_first(local, org, owner):
    first, second = paid(local, org, 3000), paid(local, org, 2000)
    row = ask(org, owner, 2600)
    assert (row.state, prepaid(org)) == ("sending", 2400)
    assert balance("clearing_refund", "platform") == 2600
    run_jobs()
    row.refresh_from_db()
    assert (row.state, row.failed_minor, row.asked_by) == ("sent", 0, owner.key)
    assert at_stripe(local) == sorted([(first.payment_intent, 600), (second.payment_intent, 2000)])
    books.sync(by=BY)
    assert balance("clearing_refund", "platform") == 0
    assert proof.run() == []
    person = org.memberships.get().user
    assert Notice.objects.get(user=person, kind="refund").text == (
        "Your refund of $26.00 was sent. Banks take up to ten days to show it."
    )
    again = ask(org, owner, 2400)  # what the first payment can still give
    assert [(part.deposit_id, part.amount_minor) for part in again.parts.all()] == [
        (first.pk, 2400)
    ]


def test_more_than_is_free_is_refused(local, org, owner):
    """Scenario 29: a refund larger than the free funds is refused and says what is free."""
    paid(local, org, 5000)
    moving.allocate(
        organization_id=org.pk, pot="project:p", currency="usd", amount_minor=4000, by=BY
    )
    error = refused(ask, org, owner, 1001)
    assert (error.code, error.data) == ("funds_short", {"free_minor": 1000})
    assert error.message.startswith("$10.00 is free.")
    assert (prepaid(org), Refund.objects.count()) == (1000, 0)
    assert ask(org, owner, 1000).state == "sending"


def test_what_no_payment_can_give_back_is_refused(local, org, owner):
    paid(local, org, 1000)
    money.deposit(org.pk, 500)  # goodwill, say: it came by no payment
    error = refused(ask, org, owner, 1001)
    assert (error.code, error.data) == ("not_refundable", {"refundable_minor": 1000})
    assert (prepaid(org), Refund.objects.count()) == (1500, 0)


@pytest.mark.parametrize(
    ("currency", "amount", "pointer"),
    [
        ("xxx", 100, "/currency"),
        ("usd", 0, "/amount_minor"),
        ("usd", -5, "/amount_minor"),
    ],
)
def test_what_is_no_refund_is_refused(org, owner, currency, amount, pointer):
    error = refused(ask, org, owner, amount, currency)
    assert (error.status, [fault.pointer for fault in error.faults]) == (422, [pointer])


def test_only_who_may_move_money_asks(local, org):
    paid(local, org, 5000)
    manager = people.actors.of_user(people.member(org, role=Role.MANAGER))
    assert refused(ask, org, manager).status == 403
    assert refused(ask, org, people.owner_of(people.organization())).status == 404


# --- the second person --------------------------------------------------------------------------
@pytest.fixture
def large(local, org, owner, settings):
    settings.REFUND_APPROVAL_MINOR = 1000
    paid(local, org, 5000)
    return ask(org, owner)


def test_a_large_refund_waits_for_a_second_person(local, org, owner, large, settings):
    second = people.member(org, role=Role.OWNER)
    assert (large.state, prepaid(org), RefundPart.objects.count()) == ("requested", 5000, 0)
    other = people.actors.of_user(second)
    assert refused(refunds.approve, refund_id=large.pk, by=owner).status == 403
    same_person = Actor(ActorKind.STAFF, owner.id)
    assert refused(refunds.approve, refund_id=large.pk, by=same_person).status == 403
    key, _ = people.api_key(org)
    program = people.actors.of_key(key)
    assert refused(refunds.approve, refund_id=large.pk, by=program).status == 403
    manager = people.actors.of_user(people.member(org, role=Role.MANAGER))
    assert refused(refunds.approve, refund_id=large.pk, by=manager).status == 403
    assert refused(refunds.approve, refund_id=uuid.uuid4(), by=other).status == 404
    row = refunds.approve(refund_id=large.pk, by=other)
    assert (row.state, row.decided_by, prepaid(org)) == ("sending", other.key, 3300)
    assert refused(refunds.approve, refund_id=large.pk, by=other).code == "wrong_state"
    run_jobs()
    assert Refund.objects.get().state == "sent"


def test_the_other_owners_are_told_that_one_waits(local, org, owner, settings):
    settings.REFUND_APPROVAL_MINOR = 1000
    second = people.member(org, role=Role.OWNER)
    paid(local, org, 5000)
    ask(org, owner)
    assert Notice.objects.get(kind="refund").user == second


def test_staff_may_be_the_second_person(local, org, large):
    row = refunds.approve(refund_id=large.pk, by=Actor(ActorKind.STAFF, str(uuid.uuid4())))
    assert row.state == "sending"


def test_what_was_spent_meanwhile_is_not_sent(local, org, large):
    moving.allocate(
        organization_id=org.pk, pot="project:p", currency="usd", amount_minor=4000, by=BY
    )
    staff = Actor(ActorKind.STAFF, str(uuid.uuid4()))
    assert refused(refunds.approve, refund_id=large.pk, by=staff).code == "funds_short"
    assert Refund.objects.get().state == "requested"


@pytest.mark.parametrize("own", [True, False])
def test_a_large_refund_can_be_declined(local, org, owner, large, own):
    by = owner if own else Actor(ActorKind.STAFF, str(uuid.uuid4()))
    row = refunds.decline(refund_id=large.pk, by=by, reason="Not now")
    assert (row.state, row.decided_by, prepaid(org)) == ("declined", "" if own else by.key, 5000)
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
    refund_outcomes.put_back(late, "ready", wait=money.clock.dt.timedelta(0), reason="")
    look = {"looks": 1, "apart": money.clock.dt.timedelta(0)}
    assert refund_outcomes.looked_in_vain(late, **look) is None
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


# --- races --------------------------------------------------------------------------------------
def claimable(local):
    """A project whose whole money, 600, was paid by a card and covers one claim."""
    project = work.project(tasks=1, overlap=1, fund=0)
    org = project.organization
    paid(local, org, 600)
    moving.allocate(
        organization_id=org.pk, pot=project.pot, currency="usd", amount_minor=600, by=BY
    )
    return project, org


def give_back(project, org):
    """What a client does: take the project's money back, then ask for it."""
    moving.take_back(
        organization_id=org.pk, pot=project.pot, currency="usd", amount_minor=600, by=BY
    )
    return refunds.request(organization_id=org.pk, currency="usd", amount_minor=600, by=BY)


def test_a_refund_races_a_claim_for_the_last_money(local):
    """Scenario 29: of a refund and a claim at once exactly one has the money."""
    project, org = claimable(local)
    who = work.expert()
    outcomes = at_once(lambda: work.claim(who), lambda: give_back(project, org))
    assert len(values(outcomes)) == 1
    assert codes(outcomes) in (["funds_short"], ["nothing_to_claim"])
    left = (prepaid(org), balance("project_funds", project.pot))
    assert left == (0, 0)
    assert proof.run() == []


def test_two_refunds_at_once_take_the_money_once(local, org):
    paid(local, org, 1000)
    outcomes = at_once(lambda: ask(org, BY, 700), lambda: ask(org, BY, 700))
    assert len(values(outcomes)) == 1
    assert codes(outcomes) in (["funds_short"], ["not_refundable"])
    assert (prepaid(org), proof.run()) == (300, [])


def test_control_without_the_ledger_both_refunds_would_fit(local, org, monkeypatch):
    """The check in words alone, without the pot's bound, lets both pass: it is the ledger that
    refuses.
    """
    paid(local, org, 1000)
    meet = threading.Barrier(2)

    def slow(organization_id, currency, amount_minor):
        assert refunds.free_minor(organization_id, currency) >= amount_minor
        meet.wait(10)

    monkeypatch.setattr(refunds, "_enough", slow)
    monkeypatch.setattr(refunds, "post", lambda entries, by: len(entries))
    monkeypatch.setattr(refunds, "refundable", lambda *_: [(Deposit.objects.get(), 1000)])
    assert len(values(at_once(lambda: ask(org, BY, 700), lambda: ask(org, BY, 700)))) == 2
    assert {one.proof for one in proof.run()} == {"refunds"}
