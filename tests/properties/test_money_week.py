"""Whatever happens in a week of operations, every cent is where it belongs."""

import os
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from payments import jobs
from payments.actions import clawbacks, earnings
from tests.properties import money_world
from tests.properties.money_week import Week
from tests.support.devstripe import Devstripe

# What the dice give dozens of times, whichever weeks they choose; and what all else that a week can
# bring is shown by: weeks lived by hand, through the same rules, to the same proofs at their end.
OFTEN = (
    "a deposit bank_transfer paid",
    "a deposit card paid",
    "a deposit top_up paid",
    "a payout sent",
    "pay was taken debt",
)


def _refunds(week):
    week.pays_by_invoice(1, "usd", 5_000, 1_000)
    week.world.deliver()
    week.asks_money_back(0, "usd", 500)


def _takes_before_it_is_paid(week):
    week.a_day_of_work(0, "usd", [(3_000, 200, 1_000, 0)])
    week.pay_is_taken_back(0, 333)
    week.world.pass_time(days=8)
    jobs.mature_earnings()
    week.pay_is_taken_back(0, 333)
    week.pay_is_taken_back(1, 333)


def _takes_from_the_account(week):
    week.a_debt_is_taken_from_the_account(0)
    week.works()  # before Stripe pays it on to the bank


def _disputes(*then):
    return lambda week: week.a_payment_is_disputed(0, False, list(then))


BY_HAND = [
    (_refunds, True, ["a deposit bank_transfer paid", "a refund sent"]),
    (_takes_before_it_is_paid, False, ["pay was taken pending", "pay was taken payable"]),
    (
        lambda week: week.a_clawback_was_wrong(0),
        True,
        ["pay was taken debt", "a clawback reversed"],
    ),
    (lambda week: week.a_debt_is_let_go(0), True, ["a debt was settled by write_off"]),
    (
        _takes_from_the_account,
        True,
        ["a debt was settled by reversal", "a reversal asked for done"],
    ),
    (
        lambda week: week.a_transfer_is_reversed_by_hand(0, 500),
        True,
        ["a reversal by hand done"],
    ),
    (_disputes(), True, ["a dispute open", "a client frozen"]),
    (_disputes("lost"), True, ["a dispute lost", "a client frozen"]),
    (_disputes("under_review", "won"), True, ["a dispute won"]),
    (lambda week: week.a_bank_sends_pay_back(0), True, ["a bank payout failed"]),
    (
        lambda week: week.a_card_is_charged_by_itself(1, "usd", "pm_card_visa"),
        True,
        ["a deposit top_up paid", "a payout sent", "a deposit card paid"],
    ),
    (
        lambda week: week.a_week_goes_on("usd", [(1_000, 100, 0, 0)], 0, "owed before"),
        True,
        ["a debt was settled by payout"],
    ),
]
# Without shrinking: it takes minutes here, and the steps that failed are printed as they were.
QUIET = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "phases": [Phase.generate],
}


@pytest.fixture
def machine(local: Devstripe, monkeypatch):
    """The machine with a local Stripe whose letters are handed in at our door."""
    monkeypatch.setattr("payments.devstripe.delivery.post", money_world.at_our_door)
    monkeypatch.setattr("marketplace.core.outbox._nudger.offer", lambda job, pk: None)
    return type("Week", (Week,), {"local": local, "happened": Counter()})


def live(machine, examples, steps, **more):
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=steps, **QUIET, **more),
    )


def test_a_random_week_of_operations(machine):
    """Scenario 34: clearing accounts are zero and our cash is Stripe's after a random week.

    `make drills` lives 500 longer ones.
    """
    if "MONEY_WEEKS" in os.environ:
        live(machine, int(os.environ["MONEY_WEEKS"]), 50)
        for name, times in sorted(machine.happened.items()):
            print(f"{times:6} {name}")
    else:
        live(machine, 50, 30, derandomize=True)
        assert [name for name in OFTEN if not machine.happened[name]] == []


@pytest.mark.parametrize(("lives", "paid", "names"), BY_HAND)
def test_a_week_by_hand(machine, lives, paid, names):
    """Whatever else the dice do, each kind of thing happens once, and all is proved after it."""
    week = machine()
    week.begins_with_money("usd", [(2_000, 200, 1_000, 0)], paid)
    lives(week)
    week.teardown()
    assert [name for name in names if not machine.happened[name]] == []


def keeps_the_rest(accrual):
    """The planted fault: what was not earned stays reserved for ever."""

    def posting(promise, one):
        made = accrual(promise, one)
        amount, fee = one.parts(promise)
        legs = [leg for leg in made.legs if leg[0] not in {"project_funds", "project_reserved"}]
        return replace(made, legs=[("project_reserved", promise.pot, -amount - fee), *legs])

    return posting


def drops_the_fee(accrual):
    """The planted fault: the platform's fee goes back to the project; all pots stay balanced."""

    def posting(promise, one):
        amount, _ = one.parts(promise)
        return accrual(promise, replace(one, amount_minor=amount, fee_minor=0))

    return posting


def pays_more(accrual):
    """The planted fault: the annotator gets the fee as well."""

    def posting(promise, one):
        made = accrual(promise, one)
        legs = [
            ("annotator_pending", f"annotator:{one.annotator_id}", leg[2])
            if leg[0] == "platform_fee"
            else leg
            for leg in made.legs
        ]
        return replace(made, legs=legs)

    return posting


def keeps_its_fee(legs):
    """The planted fault: pay is taken back, and its fee stays with the platform."""

    def without(row, earning):
        row.fee_minor = 0
        return legs(row, earning)

    return without


def forgets_what_was_taken(take):
    """The planted fault: the pot is smaller, and the earning does not know."""
    return lambda earning, amount: None


FAULTS = [
    (earnings, "_accrual", keeps_the_rest),
    (earnings, "_accrual", drops_the_fee),
    (earnings, "_accrual", pays_more),
    (clawbacks, "_legs", keeps_its_fee),
    (clawbacks, "_take", forgets_what_was_taken),
]


@pytest.mark.parametrize(("module", "name", "fault"), FAULTS)
def test_control_a_planted_fault_is_found(machine, monkeypatch, module, name, fault):
    monkeypatch.setattr(module, name, fault(getattr(module, name)))
    with pytest.raises((AssertionError, ExceptionGroup)):
        live(machine, 10, 30, derandomize=True)
