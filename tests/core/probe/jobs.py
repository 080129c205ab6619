"""The job that gets killed."""

import time

from marketplace.core import audit, registry
from marketplace.core.actors import job


@registry.job("probe.slow")
def slow(n: int) -> None:
    """Write, and be slow before the commit, so that a kill often lands in between."""
    audit.record("probed", f"probe:{n}", by=job("probe.slow"))
    time.sleep(0.08)
