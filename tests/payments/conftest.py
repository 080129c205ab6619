"""Upper rooms' jobs that follow our events are promised but not run here."""

import pytest

from marketplace.core.registry import JOBS, Job
from marketplace.subscriptions import SUBSCRIPTIONS


@pytest.fixture(autouse=True)
def _subscribers(monkeypatch):
    for names in SUBSCRIPTIONS.values():
        for name in names:
            if name not in JOBS:
                monkeypatch.setitem(JOBS, name, Job(name, lambda **_: None, "fast", False))
