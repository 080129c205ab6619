"""Each expectation runs twice: against the local Stripe, and against a sandbox where a key is set."""

import os

import pytest
import stripe

from tests.support import sandbox
from tests.support.devstripe import KEY, start_devstripe, stop_devstripe


@pytest.fixture(scope="module", params=["local", "sandbox"])
def side(request):
    """One of the two sides; the local one's contract is checked at its end."""
    stripe.enable_telemetry = False
    notes = []
    if request.param == "sandbox":
        key = sandbox.sandbox_key(os.environ)
        if key is None:
            pytest.skip(sandbox.NOT_SET)
        yield sandbox.Side("sandbox", sandbox.client_of(key, sandbox.REAL, notes), None)
        sandbox.keep("sandbox", notes)
        return
    made = start_devstripe()
    yield sandbox.Side("local", sandbox.client_of(KEY, made.base_url, notes), made)
    sandbox.keep("local", notes)
    stop_devstripe(made)


@pytest.fixture
def payable(side):
    """A connected account that can be paid; in the sandbox one that a person has set up."""
    if side.local is not None:
        return side.local.onboarded().id
    account = os.environ.get("STRIPE_SANDBOX_ACCOUNT")
    if not account:
        pytest.skip(sandbox.NO_ACCOUNT)
    return account
