"""The background jobs and sweeps of `accounts`."""
