"""The local Stripe, as the tests of money have it."""

from tests.payments.conftest import local

__all__ = ["local"]
