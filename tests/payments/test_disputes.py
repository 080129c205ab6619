"""A client's bank asks for a payment back: who bears it, what stands still, and what comes back."""

import itertools

import pytest
from django.db import transaction

from accounts.models import Notice
from accounts.states import Role
from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Refused
from marketplace.core.ids import new_id
from payments import jobs
from payments.actions import books, deposits, disputes, events, funds, payouts, refunds, sending
from payments.actions.earnings import accrue, mature
from payments.actions.reserve import reserve
from payments.models import (
    Clawback,
    ClientFreeze,
    Deposit,
    Difference,
    Dispute,
    Earning,
    LedgerEntry,
)
from payments.selectors import freezes
from payments.stripe.gateway import DisputedMove, DisputeSeen
from tests.payments import clients
from tests.payments.money import at_stripe, balance, pass_time, purse, transfers
from tests.payments.refunding import ask, paid, prepaid, refused
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support.factories_payments import BY

STAFF = Actor(ActorKind.STAFF, "1")
POT, OTHER = "project:a", "project:b"


@pytest.fixture
def client(local):
    """A client whose 10,000 were paid through Stripe: 2,000 prepaid, 3,000 and 5,000 in projects,
    of which 4,500 are reserved."""
    who = people.organization()
    who.owner = people.member(who, role=Role.OWNER)
    intent = local.fund(10_000)
    row = Deposit.objects.create(
        organization=who, currency="usd", amount_minor=10_000, state="open"
    )
    with transaction.atomic():
        Deposit.objects.filter(pk=row.pk).update(
            state="paid", payment_intent=intent.id, paid_at=row.created_at
        )
        legs = [
            ("clearing_charge", "platform", -10_000),
            ("client_prepaid", f"org:{who.pk}", 10_000),
        ]
        disputes.post([disputes.Posting(f"fund:{intent.id}", "fund", legs, "usd")], by=BY)
    for pot, amount in ((POT, 3000), (OTHER, 5000)):
        funds.allocate(organization_id=who.pk, pot=pot, currency="usd", amount_minor=amount, by=BY)
    assert promise(who, OTHER, 4500, "assignment:1")
    who.intent = intent.id
    return who


def promise(who, pot, amount, holder):
    with transaction.atomic():
        return reserve(
            holder=holder, pot=pot, organization_id=who.pk, currency="usd",
            price_minor=amount, fee_minor=0, by=BY,
        )  # fmt: skip


def pots(who):
    """(prepaid, first project, second project, its reserve, loss, clearing)."""
    return (
        balance("client_prepaid", f"org:{who.pk}"),
        balance("project_funds", POT),
        balance("project_funds", OTHER),
        balance("project_reserved", OTHER),
        balance("platform_loss", "platform"),
        balance("clearing_dispute", "platform"),
    )


BEFORE = (2000, 3000, 500, 4500, 0, 0)
TAKEN = (0, 0, 0, 4500, -4500, 10_000)


def settle(dispute):
    disputes.settle(dispute["id"], by=BY)
    return Dispute.objects.get(stripe_dispute=dispute["id"])


def test_a_dispute_takes_what_is_free_then_the_platform_bears_it_and_a_win_restores(local, client):
    """Scenario 30: a dispute when half is promised: client frozen, loss booked, won restores."""
    made = local.stripe.open_dispute(client.intent)
    row = settle(made)
    assert (row.state, row.withdrawn_minor, row.fee_minor) == ("open", 10_000, 1500)
    assert pots(client) == TAKEN
    assert freezes.is_frozen(client.pk)
    (notice,) = Notice.objects.filter(user=client.owner)
    assert notice.text.startswith("Your bank disputes a payment of $100.00. No new work")
    books.sync(by=BY)
    assert balance("clearing_dispute", "platform") == 0
    assert balance("stripe_fees", "platform") == -(1500 + 320)
    assert balance("stripe_cash", "platform") == 320 + 1500
    funds_now = pots(client)
    settle(made)
    assert pots(client) == funds_now  # again changes nothing
    local.stripe.move_dispute(made["id"], "won")
    row = settle(made)
    assert (row.state, row.reinstated_minor) == ("won", 10_000)
    books.sync(by=BY)
    assert pots(client) == BEFORE
    assert not freezes.is_frozen(client.pk)
    mirror = LedgerEntry.objects.get(key=f"dispute:{made['id']}:reinstated")
    assert mirror.reverses.key == f"dispute:{made['id']}:withdrawn"


def test_a_dispute_after_the_work_was_paid_is_the_platforms_loss_until_it_is_won(local, client):
    """Scenario 30: after the funds were earned and paid; the annotator keeps what was paid."""
    local.fund(5_000)  # Stripe has taken its fee: somebody else's money pays the rest
    who = at_stripe(local)
    accrue(holder="assignment:1", annotator_id=who.pk, label="Task", by=BY)
    Earning.objects.update(hold_until=clock.now())
    mature(by=BY)
    payout = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    sending.send(payout.pk, by=BY)
    before = (2000, 3000, 500, 0, 0, 0)
    assert (transfers(local), pots(client)) == (
        [(4500, payout.destination, f"payout_{payout.pk}")],
        before,
    )
    made = local.stripe.open_dispute(client.intent)
    row = settle(made)
    assert (row.state, pots(client)) == ("open", (0, 0, 0, 0, -4500, 10_000))
    assert freezes.is_frozen(client.pk)
    assert not promise(client, OTHER, 1, "assignment:2")
    payout.refresh_from_db()
    assert (payout.state, purse(who), Earning.objects.get().state) == ("sent", (0, 0, 0), "paid")
    assert not Clawback.objects.exists()
    local.stripe.move_dispute(made["id"], "won")
    assert (settle(made).state, pots(client)) == ("won", before)
    assert not freezes.is_frozen(client.pk)
    assert promise(client, OTHER, 1, "assignment:2")
    assert len(transfers(local)) == 1


def test_an_empty_purse_bears_nothing(local, client):
    funds.allocate(organization_id=client.pk, pot=POT, currency="usd", amount_minor=2000, by=BY)
    row = settle(local.stripe.open_dispute(client.intent))
    assert pots(client) == TAKEN
    assert row.taken == [
        ["project_funds", POT, 5000], ["project_funds", OTHER, 500],
        ["platform_loss", "platform", 4500],
    ]  # fmt: skip


def test_a_frozen_client_promises_nothing_new_but_keeps_its_promises(local, client):
    made = local.stripe.open_dispute(client.intent)
    settle(made)
    funds_of = people.organization("Another")
    assert promise(client, OTHER, 4500, "assignment:1")  # the same promise, asked for again
    with transaction.atomic():
        legs = [("clearing_charge", "platform", -900), ("project_funds", POT, 900)]
        disputes.post([disputes.Posting("fund:more", "fund", legs, "usd")], by=BY)
    assert not promise(client, POT, 100, "assignment:2")
    assert promise(funds_of, POT, 100, "assignment:3")  # the control: it is the client, not the pot
    disputes.thaw(dispute_id=Dispute.objects.get().pk, why="They paid by wire.", by=STAFF)
    assert promise(client, POT, 100, "assignment:2")


def test_a_lost_dispute_stays_until_staff_let_the_client_go_on(local, client):
    made = local.stripe.open_dispute(client.intent)
    settle(made)
    local.stripe.move_dispute(made["id"], "under_review")
    local.stripe.move_dispute(made["id"], "lost")
    row = settle(made)
    assert (row.state, pots(client), freezes.is_frozen(client.pk)) == ("lost", TAKEN, True)
    for wrong in ({"by": BY}, {"why": " "}, {"dispute_id": new_id()}):
        with pytest.raises(Refused):
            disputes.thaw(**{"dispute_id": row.pk, "why": "x", "by": STAFF, **wrong})
    disputes.thaw(dispute_id=row.pk, why="They paid by wire.", by=STAFF)
    assert not freezes.is_frozen(client.pk)
    settle(made)  # a late event freezes nobody again
    assert not freezes.is_frozen(client.pk)
    with pytest.raises(Refused, match="freezes nobody"):
        disputes.thaw(dispute_id=row.pk, why="Again.", by=STAFF)


def test_an_inquiry_freezes_nothing_and_may_become_a_dispute(local, client):
    made = local.stripe.open_dispute(client.intent, inquiry=True)
    row = settle(made)
    assert (row.state, pots(client), freezes.is_frozen(client.pk)) == ("inquiry", BEFORE, False)
    assert Difference.objects.get(kind="dispute").subject == f"dispute:{made['id']}"
    local.stripe.move_dispute(made["id"], "needs_response")
    assert (settle(made).state, pots(client)) == ("open", TAKEN)


def test_an_inquiry_that_ends_moved_nothing(local, client):
    made = local.stripe.open_dispute(client.intent, inquiry=True)
    local.stripe.move_dispute(made["id"], "warning_closed")
    assert (settle(made).state, pots(client)) == ("closed", BEFORE)
    assert not ClientFreeze.objects.exists()


def test_a_dispute_of_a_payment_that_is_none_of_ours_is_the_platforms_loss(local):
    intent = local.fund(700)
    row = settle(local.stripe.open_dispute(intent.id))
    assert (row.organization, balance("platform_loss", "platform")) == (None, -700)
    assert not ClientFreeze.objects.exists()


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_any_order_and_number_of_a_disputes_events_end_the_same(local, client, outcome):
    made = local.stripe.open_dispute(client.intent)
    local.stripe.move_dispute(made["id"], "under_review")
    local.stripe.move_dispute(made["id"], outcome)
    kinds = [e for e in local.client.v1.events.list().data if e.type.startswith("charge.dispute.")]
    assert len(kinds) == (5 if outcome == "won" else 4)
    ends = set()
    for turn, order in enumerate(itertools.islice(itertools.permutations(kinds * 2), 0, 4000, 800)):
        for at, event in enumerate(order):
            name = f"evt_{turn}_{at}"
            events.take_in({**event.to_dict(), "id": name}, livemode=False)
            events.apply(name, by=BY)
        row = Dispute.objects.get()
        ends.add((row.state, pots(client), freezes.is_frozen(client.pk)))
    assert ends == {("won", BEFORE, False) if outcome == "won" else ("lost", TAKEN, True)}


def seen(status="needs_response", moves=(), **more):
    fields = {
        "id": "du_1", "status": status, "reason": "fraudulent", "amount_minor": 700,
        "currency": "usd", "payment_intent": "pi_none", "due_at": None, "moves": tuple(moves),
    }  # fmt: skip
    return DisputeSeen(**(fields | more))


OUT, BACK = DisputedMove("txn_1", -700, 1500), DisputedMove("txn_2", 700, 0)
STAGES = [
    seen(),
    seen(moves=[OUT]),
    seen("under_review", [OUT]),
    seen("won", [OUT]),
    seen("won", [OUT, BACK]),
]


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_reads_that_overtake_each_other_end_the_same(order):
    """Two workers read, and write in another order: the last stage always comes through."""
    for stage in order:
        disputes._keep(STAGES[stage], by=BY)
    row = Dispute.objects.get()
    assert (row.state, row.withdrawn_minor, row.reinstated_minor) == ("won", 700, 700)
    assert {kind: balance(kind, "platform") for kind in ("platform_loss", "clearing_dispute")} == {
        "platform_loss": 0,
        "clearing_dispute": 0,
    }


@pytest.mark.django_db
def test_sums_that_stripe_never_had_are_for_a_person():
    disputes._keep(seen(moves=[OUT]), by=BY)
    disputes._keep(seen("won", [OUT, DisputedMove("txn_3", 300, 0)]), by=BY)
    found = Difference.objects.get(kind="dispute_sums")
    assert (found.subject, found.state) == ("dispute:du_1", "open")
    assert balance("platform_loss", "platform") == -700
    disputes._keep(seen(currency="xxx", id="du_2"), by=BY)
    assert Dispute.objects.count() == 1
    assert Difference.objects.filter(kind="dispute_sums", subject="dispute:du_2").exists()


# --- which client -------------------------------------------------------------------------------
def test_a_dispute_of_the_second_payment_of_a_deposit_is_its_clients(local):
    org = people.organization()
    row = paid(local, org, 2000)
    second = local.fund(1000).id
    money.payment(row, second, 1000)
    seen = settle(local.stripe.open_dispute(second))
    assert (seen.organization, prepaid(org)) == (org, 2000)
    assert freezes.is_frozen(org.pk)
    assert balance("platform_loss", "platform") == 0


def test_a_dispute_that_is_told_before_its_payment_waits_for_it(local):
    org = clients.client()
    row = clients.ask(org, 3000, method="card")
    local.visit(row.checkout_url, {"card_number": "4242424242424242", "action": "pay"})
    (intent,) = local.client.v1.payment_intents.list({"limit": 10}).data
    made = local.stripe.open_dispute(intent.id)
    clients.told("charge.dispute.created", made["id"])
    with pytest.raises(Refused) as refusal:
        disputes.settle(made["id"], by=BY)
    assert (refusal.value.code, Dispute.objects.count()) == ("deposit_not_booked", 0)
    deposits.settle(row.checkout_session, by=BY)
    pass_time(minutes=30)
    jobs.apply_events()
    seen = Dispute.objects.get()
    assert (seen.organization, seen.withdrawn_minor) == (org, 3000)
    assert (prepaid(org), balance("platform_loss", "platform")) == (0, 0)


@pytest.mark.parametrize(("end", "sources"), [("lost", 1), ("won", 2)])
def test_a_disputed_payment_is_refunded_only_once_it_is_won(local, end, sources):
    """Stripe refunds nothing of it, so the client's other money would wait behind it for ever."""
    org = people.organization()
    owner = people.owner_of(org)
    first, second = paid(local, org, 3000), paid(local, org, 2000)
    made = local.stripe.open_dispute(second.payment_intent)
    settle(made)
    assert [one.deposit for one in sources_of(org)] == [first]
    local.stripe.move_dispute(made["id"], end)
    settle(made)
    assert len(sources_of(org)) == sources
    if end == "lost":
        disputes.thaw(dispute_id=Dispute.objects.get().pk, why="They explained it.", by=STAFF)
    row = ask(org, owner, prepaid(org))
    parts = [part.amount_minor for part in row.parts.order_by("amount_minor")]
    assert parts == ([3000] if sources == 1 else [2000, 3000])


def test_nothing_is_refunded_while_the_client_is_frozen(local, settings):
    """Else what was promised when the bank took its part could be called off and taken twice."""
    settings.REFUND_APPROVAL_MINOR = 100
    org = people.organization()
    owner = people.owner_of(org)
    paid(local, org, 3000)
    second = paid(local, org, 2000)
    before = ask(org, owner, 500)
    settle(local.stripe.open_dispute(second.payment_intent))
    assert prepaid(org) == 3000
    for call in (
        lambda: ask(org, owner, 1),
        lambda: refunds.approve(refund_id=before.pk, by=STAFF, reason="They asked."),
    ):
        assert refused(call).code == "client_frozen"
    disputes.thaw(dispute_id=Dispute.objects.get().pk, why="They explained it.", by=STAFF)
    assert refunds.approve(refund_id=before.pk, by=STAFF, reason="Now.").state == "sending"


def sources_of(org):
    with transaction.atomic():
        return refunds.refundable(org.pk, "usd")
