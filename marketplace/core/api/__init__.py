"""What every API door shares: strict JSON, problem+json, idempotency, permissions, throttling."""
