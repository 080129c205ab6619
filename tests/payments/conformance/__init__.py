"""One set of expectations of Stripe, for the local one and for a sandbox of the real one."""
