"""Who may do which work: one list of rules, pure."""
