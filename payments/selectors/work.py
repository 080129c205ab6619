"""What the rows of the work are called that stand behind money.

Payments knows pots and holders (`project:<id>`, `assignment:<id>`), no projects and no tasks. The
wiring names the module that does (`settings.WORK_BEHIND_MONEY`).
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Thing:
    """A row for people: what it is, its name, and its page at the desk (`tasks_project`, id)."""

    key: str
    text: str
    table: str
    pk: str


class Work(Protocol):
    """What the named module offers."""

    def things(self, keys: Collection[str]) -> dict[str, Thing]:
        """The rows behind keys such as `project:<id>`; what is not found is left out."""

    def holders(self, row_id: uuid.UUID) -> list[str]:
        """The keys of a project, or of all claims of a task or answer, that this id names."""

    def called(self, text: str, most: int) -> list[Thing]:
        """Projects by a part of their name."""


def work() -> Work:
    """The module that the settings name."""
    return cast("Work", import_module(settings.WORK_BEHIND_MONEY))


def things(keys: Collection[str]) -> dict[str, Thing]:
    """See `Work.things`; asks nothing where there are no keys."""
    return work().things(keys) if keys else {}
