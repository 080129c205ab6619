"""Fixtures of these tests."""

from tests.support.devstripe import devstripe, inbox

__all__ = ["devstripe", "inbox"]
