"""Tests of the local Stripe: over real HTTP, with the real SDK, without a database."""
