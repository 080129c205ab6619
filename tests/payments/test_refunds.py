"""A client asks prepaid money back: who may, how much, and what races it."""

import threading
import uuid

import pytest

from accounts.models import Notice
from accounts.states import Role
from marketplace.core.actors import Actor, ActorKind
from marketplace.ops import proof
from payments.actions import books, refunds
from payments.actions import funds as moving
from payments.models import Deposit, Refund, RefundPart
from tests.payments.money import balance, run_jobs
from tests.payments.refunding import BY, ask, at_stripe, paid, prepaid, refused
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work
from tests.support.races import at_once, codes, values


@pytest.fixture
def org(db):
    return people.organization()


@pytest.fixture
def owner(org):
    return people.owner_of(org)


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


def test_what_arrived_goes_back_payment_by_payment(local, org, owner):
    """An invoice over 30.00 came by two transfers, one of 40.00 as 45.00: what came can go back."""
    invoice = paid(local, org, 2000)
    second = local.fund(1000, "usd").id
    money.payment(invoice, second, 1000)
    Deposit.objects.filter(pk=invoice.pk).update(amount_minor=3000)
    more = paid(local, org, 4500)
    Deposit.objects.filter(pk=more.pk).update(amount_minor=4000)
    assert refused(ask, org, owner, 7501).code == "funds_short"
    ask(org, owner, 7000)
    run_jobs()
    assert Refund.objects.get().state == "sent"
    assert at_stripe(local) == sorted(
        [(more.payment_intent, 4500), (second, 1000), (invoice.payment_intent, 1500)]
    )
    rest = ask(org, owner, 500)
    assert [(part.payment_intent, part.amount_minor) for part in rest.parts.all()] == [
        (invoice.payment_intent, 500)
    ]


def test_less_than_was_asked_for_came_and_no_more_goes_back(local, org, owner):
    """A deposit over 50.00 of which 20.00 came, beside money of which no payment is known."""
    short = paid(local, org, 2000)
    Deposit.objects.filter(pk=short.pk).update(amount_minor=5000)
    money.deposit(org.pk, 3000)
    error = refused(ask, org, owner, 2001)
    assert (error.code, error.data) == ("not_refundable", {"refundable_minor": 2000})
    assert ask(org, owner, 2000).state == "sending"


def test_a_payment_that_refuses_comes_last(local, org, owner):
    """Else it would be asked first for ever, and the client's other money wait behind it."""
    first, second = paid(local, org, 3000), paid(local, org, 2000)
    local.fund(50_000)  # of others
    local.client.v1.refunds.create({"payment_intent": second.payment_intent})  # by hand
    ask(org, owner, 1500)
    run_jobs()
    assert (Refund.objects.get().state, prepaid(org)) == ("failed", 5000)
    ask(org, owner, 3200)
    run_jobs()
    again = Refund.objects.order_by("pk").last()
    assert (again.state, again.failed_minor) == ("sent", 200)
    assert (first.payment_intent, 3000) in at_stripe(local)


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
    deposit = paid(local, org, 1000)
    meet = threading.Barrier(2)

    def slow(organization_id, currency, amount_minor):
        assert refunds.free_minor(organization_id, currency) >= amount_minor
        meet.wait(10)

    monkeypatch.setattr(refunds, "in_turn", lambda _organization_id: None)
    monkeypatch.setattr(refunds, "_enough", slow)
    monkeypatch.setattr(refunds, "post", lambda entries, by: len(entries))
    source = refunds.Source(deposit, deposit.payment_intent, 1000)
    monkeypatch.setattr(refunds, "refundable", lambda *_: [source])
    assert len(values(at_once(lambda: ask(org, BY, 700), lambda: ask(org, BY, 700)))) == 2
    assert {one.proof for one in proof.run()} == {"refunds"}
