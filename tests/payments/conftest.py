"""The local Stripe as the marketplace's own."""

import pytest

from tests.support.devstripe import KEY, start_devstripe, stop_devstripe


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
