"""What a claim and a ledger entry cost here, beside the bare PostgreSQL of the same moment."""
