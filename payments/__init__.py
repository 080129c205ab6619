"""Every cent: the ledger inside, Stripe at the edge."""
