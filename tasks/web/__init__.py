"""The pages on which annotators find, do and look back on their work."""
