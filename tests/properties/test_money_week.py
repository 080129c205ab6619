"""Whatever happens in a week of operations, every cent is where it belongs."""

import os
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from payments.actions import clawbacks, earnings
from tests.properties import money_world
from tests.properties.money_week import Week
from tests.support.devstripe import Devstripe

# What has to have happened for the weeks to prove anything about it.
MUST = (
    "a bank payout failed",
    "a client frozen",
    "a clawback reversed",
    "a debt was settled by reversal",
    "a debt was settled by write_off",
    "a deposit bank_transfer paid",
    "a deposit card paid",
    "a deposit top_up paid",
    "a dispute lost",
    "a dispute open",
    "a dispute won",
    "a payout sent",
    "a refund sent",
    "a reversal asked for done",
    "a reversal by hand done",
    "pay was taken debt",
    "pay was taken payable",
    "pay was taken pending",
)
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

    The same 50 weeks each time; `make drills` lives 500 longer ones, others each time.
    """
    if "MONEY_WEEKS" in os.environ:
        live(machine, int(os.environ["MONEY_WEEKS"]), 50)
        for name, times in sorted(machine.happened.items()):
            print(f"{times:6} {name}")
    else:
        live(machine, 50, 30, derandomize=True)
        assert [name for name in MUST if not machine.happened[name]] == []


def test_a_week_in_which_a_debt_is_kept_from_a_payout(machine):
    """Too rare for the dice of the fifty: the same rules, by hand."""
    week = machine()
    week.begins_with_money("usd", [(2_000, 200, 1_000, 0)], True)
    week.a_week_goes_on("usd", [(1_000, 100, 0, 0)], 0, "owed before")
    week.teardown()
    assert machine.happened["a debt was settled by payout"] == 1


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
