"""Arguments for any job, that lead to no row."""

import inspect
import uuid
from typing import Any

from marketplace.core.registry import Job


def arguments(job: Job) -> dict[str, Any]:
    """A random UUID for every parameter without a default; jobs take strings and re-read rows."""
    parameters = inspect.signature(job.run).parameters.values()
    return {p.name: str(uuid.uuid4()) for p in parameters if p.default is inspect.Parameter.empty}
