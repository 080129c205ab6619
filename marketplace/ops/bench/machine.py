"""What the machine was doing while something was measured: a figure without it says little."""

import os
from typing import Any


def load() -> dict[str, Any]:
    """Processes that ran or waited in the last 1, 5 and 15 minutes, and the cores they shared."""
    return {"average": [round(one, 2) for one in os.getloadavg()], "cores": os.cpu_count() or 1}


def sentence(measured: dict[str, Any]) -> str:
    """The same for people."""
    one, five, _ = measured["average"]
    return f"load {one:.2f} in the last minute, {five:.2f} in five; {measured['cores']} cores"
