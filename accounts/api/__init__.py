"""What of `accounts` clients reach through the API."""
