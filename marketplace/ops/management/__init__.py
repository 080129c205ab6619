"""Commands that run the marketplace."""
