"""Tests of operations: the demo and what proves the books."""
