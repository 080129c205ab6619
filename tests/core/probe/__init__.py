"""An app of the tests' own: its one job runs in a real worker, and shows in the audit trail that it
ran.
"""
