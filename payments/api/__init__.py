"""Money as clients see it through the API."""
