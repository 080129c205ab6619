"""The local Stripe, as the tests of money have it."""

import pytest

from tests.payments.conftest import local

__all__ = ["local"]
pytest.register_assert_rewrite("tests.properties.money_week")
