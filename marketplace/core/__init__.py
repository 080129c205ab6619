"""The kernel: words and guards that every app shares. It imports no app."""
