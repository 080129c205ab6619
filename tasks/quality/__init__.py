"""Votes, samples and their arithmetic, pure."""
