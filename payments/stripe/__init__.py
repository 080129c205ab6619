"""The gateway to Stripe: the only place that knows its SDK. Nothing here runs in a transaction."""
