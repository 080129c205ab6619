"""The work: from a client's post to a delivered result."""
