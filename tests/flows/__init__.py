"""The whole road over HTTP, on real processes."""
