"""The background jobs and sweeps of `tasks`."""
