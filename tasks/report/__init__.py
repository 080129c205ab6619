"""The report of a delivery as pictures and pages: pure, from its JSON alone."""
