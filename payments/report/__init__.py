"""Statements as files: the same rows as PDF and as CSV. Knows no tables and no requests."""
