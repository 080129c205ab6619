"""The local Stripe as the marketplace's own, and upper rooms' jobs left promised."""

import pytest

from marketplace.core.registry import JOBS, Job
from marketplace.subscriptions import SUBSCRIPTIONS
from tests.support.devstripe import KEY, start_devstripe, stop_devstripe


@pytest.fixture(autouse=True)
def _subscribers(monkeypatch):
    for names in SUBSCRIPTIONS.values():
        for name in names:
            if name not in JOBS:
                monkeypatch.setitem(JOBS, name, Job(name, lambda **_: None, "fast", False))


@pytest.fixture
def local(transactional_db, settings):
    """A local Stripe of the test's own, which the marketplace speaks to over HTTP."""
    made = start_devstripe()
    made.stripe.webhooks(mode="manual")
    settings.STRIPE_API_BASE = made.base_url
    settings.EGRESS_ALLOWED_BASES = [made.base_url]
    settings.STRIPE_SECRET_KEY = KEY
    yield made
    stop_devstripe(made)
