"""The background jobs and sweeps of `payments`."""
