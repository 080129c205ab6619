"""Whatever happens in a week of operations, every cent is where it belongs."""

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from payments.actions import earnings
from tests.properties import money_world
from tests.properties.money_week import Week
from tests.support.devstripe import Devstripe

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
    return type("Week", (Week,), {"local": local})


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
    else:
        live(machine, 50, 30, derandomize=True)


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


@pytest.mark.parametrize("fault", [keeps_the_rest, drops_the_fee, pays_more])
def test_control_a_planted_fault_is_found(machine, monkeypatch, fault):
    monkeypatch.setattr(earnings, "_accrual", fault(earnings._accrual))
    with pytest.raises((AssertionError, ExceptionGroup)):
        live(machine, 10, 30, derandomize=True)
