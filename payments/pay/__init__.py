"""What work is paid, pure: a project's rules, the quote of a claim, its settlement."""
