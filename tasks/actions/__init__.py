"""Every write of this app: verbs, one transaction each."""
