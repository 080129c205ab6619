"""A worker killed anywhere: each payout, deposit and event takes effect exactly once."""

import itertools
import random
import uuid

import pytest
from django.db.models import Sum

from marketplace.core.models import OutboxMessage
from payments import jobs
from payments.actions import deposits, errands, events, payouts, runs, sending
from payments.models import Deposit, Earning, Payout, StripeEvent
from payments.selectors import balances
from payments.stripe import transfers as gateway
from tests.payments.crashes import Killer
from tests.payments.money import at_stripe, balance, pass_time, purse, run_jobs, transfers
from tests.support.factories_payments import BY, earn_payable, organization

pytestmark = pytest.mark.slow


@pytest.fixture
def killer(monkeypatch):
    return Killer(monkeypatch)


def work():
    """All that workers do for payouts, once round."""
    runs.plan(by=BY)
    run_jobs()
    sending.sweep(by=BY)


def restart_until_paid(who, *, rounds=60):
    """Sweeps go on as time passes, however the last worker ended."""
    for _ in range(rounds):
        if not Earning.objects.filter(annotator=who).exclude(state="paid").exists():
            return
        pass_time(minutes=20)
        work()
    raise AssertionError(list(Payout.objects.values("state", "last_error", "attempt")))


def test_a_payout_whose_worker_is_killed_at_any_point_is_made_once(local, killer):
    """Scenario 4: the worker dies between the reply and the commit, or anywhere else."""
    local.fund(1_000_000)
    names = []
    for at in itertools.count(1):
        who = at_stripe(local)
        earn_payable(who, 1000, at)
        name = killer.run(at, work)
        restart_until_paid(who)
        (row,) = Payout.objects.filter(annotator=who)
        assert transfers(local, row) == [(1000 + at, row.destination, f"payout_{row.pk}")], name
        assert purse(who) == (0, 0, 0)
        if name is None:
            break
        names.append(name)
    # the points that matter were all among them
    assert names.count("before post v1/transfers") == names.count("after post v1/transfers") == 1
    assert names.count("before commit") == names.count("after commit") >= 5
    total = Payout.objects.aggregate(minor=Sum("amount_minor"))["minor"]
    made = local.stripe.summary()["transfers"]["total"]["usd"]
    assert (made["count"], made["amount"]) == (len(names) + 1, total)
    assert balance("clearing_transfer", "platform") == total


def test_a_worker_killed_in_the_middle_of_mending(local, killer):
    """The answer is lost, and the worker that settles it is killed at every point of that."""
    local.fund(1_000_000)
    for at in itertools.count(1, 2):
        who = at_stripe(local)
        earn_payable(who, 1000, at)
        local.stripe.add_fault("500_after" if at % 4 == 1 else "drop_after", path="/v1/transfers$")
        killer.run(at, work)
        pass_time(hours=at % 3 * 13)  # every third time Stripe has forgotten the key
        local.stripe.advance(at % 3 * 13 * 3600)
        name = killer.run(at, work)
        restart_until_paid(who)
        (row,) = Payout.objects.filter(annotator=who)
        assert transfers(local, row) == [(1000 + at, row.destination, f"payout_{row.pk}")], name
        local.stripe.clear_faults()
        if name is None and at > 12:
            break


FAULTS = ["drop_before", "drop_after", "bad_json", "500_before", "500_after", "409", "429", "401"]


def storm(local, killer, seed, *, payouts_made=8):
    """Payouts under random faults, kills and gaps of a day; the amounts owed and the transfers made."""
    dice = random.Random(seed)
    local.fund(1_000_000)
    for number in range(payouts_made):
        earn_payable(at_stripe(local), 1000 + number)
    for step in range(28):
        if step < 20:
            for _ in range(3):
                local.stripe.add_fault(
                    dice.choice(FAULTS), path="/v1/transfers", method="*", skip=dice.randrange(6)
                )
            killer.run(dice.choice([0, dice.randrange(1, 80)]), work)
        else:
            local.stripe.clear_faults()
            work()
        hours = 26 if step in (6, 14) else 1
        pass_time(hours=hours)
        local.stripe.advance(hours * 3600)
    owed = sorted(row.amount_minor for row in Payout.objects.all())
    return owed, sorted(amount for amount, _, _ in transfers(local))


@pytest.mark.parametrize("seed", [7])
def test_a_storm_pays_each_exactly_once(local, killer, seed):
    owed, made = storm(local, killer, seed)
    assert made == owed == list(range(1000, 1008))
    assert set(Payout.objects.values_list("state", flat=True)) == {"sent"}


def test_the_same_storm_pays_twice_with_a_new_key_each_try(local, killer, monkeypatch):
    """The control: what the storm does to a worker without keys and looks."""
    original = gateway.create_transfer
    monkeypatch.setattr(
        gateway,
        "create_transfer",
        lambda *, attempt, **terms: original(attempt=uuid.uuid4().int % 10**9, **terms),
    )
    monkeypatch.setattr(errands, "_must_look", lambda row: False)
    monkeypatch.setattr(errands, "_is_free", lambda errand, row, by: True)
    owed, made = storm(local, killer, 7)
    assert len(made) > len(owed)


def test_a_deposit_whose_worker_is_killed_at_any_point_is_booked_once(local, killer):
    for at in itertools.count(1):
        org = organization()

        def deposit(org=org, at=at):
            row = Deposit.objects.filter(organization=org).first() or deposits.request_deposit(
                organization_id=org.pk, currency="usd", amount_minor=5000 + at, by=BY
            )
            run_jobs()
            row.refresh_from_db()
            if row.checkout_url:
                local.visit(row.checkout_url, {"card_number": "4242424242424242", "action": "pay"})
            if row.checkout_session:
                deposits.settle(row.checkout_session, by=BY)

        name = killer.run(at, deposit)
        for _ in range(4):
            deposit()
            pass_time(minutes=20)
            jobs.recheck_deposits()
        assert balances.client(org.pk) == [balances.ClientBalance("usd", 5000 + at)], name
        assert Deposit.objects.get(organization=org).state == "paid"
        if name is None:
            break
    assert at > 8
    assert local.stripe.summary()["charges"]["usd"]["count"] == at


def test_an_event_whose_worker_is_killed_at_any_point_is_applied_once(local, killer):
    """Scenario 25: a handler that dies midway leaves no half effect and is run again."""
    local.fund(1_000_000)
    for at in itertools.count(1):
        who = at_stripe(local)
        earn_payable(who, 1000)
        row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
        OutboxMessage.objects.all().delete()
        made = local.client.v1.transfers.create(
            {
                "amount": 1000,
                "currency": "usd",
                "destination": row.destination,
                "transfer_group": f"payout_{row.pk}",
                "metadata": {"payout": str(row.pk)},
            }
        )
        event = {"id": f"evt_{at}", "type": "transfer.created", "data": {"object": {"id": made.id}}}

        def handle(event=event):
            events.take_in(event, livemode=False)
            run_jobs()

        name = killer.run(at, handle)
        for _ in range(3):
            events.take_in(event, livemode=False)
            pass_time(minutes=5)
            run_jobs()
        row.refresh_from_db()
        assert (row.state, row.stripe_transfer) == ("sent", made.id), name
        assert StripeEvent.objects.get(pk=f"evt_{at}").state == "applied"
        if name is None:
            break
    assert balance("clearing_transfer", "platform") == 1000 * at
