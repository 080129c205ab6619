"""Figures of independent libraries, kept beside the tests that compare ours with them."""
