"""Actors by their names in the lists of the desk: `staff:<id>` tells nobody anything."""

from collections.abc import Callable, Collection
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from accounts.selectors import names


class NamedActors(admin.ModelAdmin[Any]):
    """Looks the actors of a page of a list up together; `by_name` makes the columns."""

    actor_fields: ClassVar[tuple[str, ...]] = ()

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list, each row with the names of its actors."""
        found = super().get_changelist_instance(request)
        rows = list(found.result_list)
        called = self.called([getattr(row, key) for row in rows for key in self.actor_fields])
        for row in rows:
            row.actor_names = called
        found.result_list = rows
        return found

    def called(self, keys: Collection[str]) -> dict[str, str]:
        """The names of some actors; a table with other keys besides adds theirs."""
        return names.of(keys)


def by_name(field: str, label: Any) -> Callable[[NamedActors, Any], str]:
    """A column with the name of the actor whose key is in `field`."""

    @admin.display(description=label, ordering=field)
    def shown(self: NamedActors, row: Any) -> str:
        key = getattr(row, field)
        called = getattr(row, "actor_names", None) or self.called([key])
        return called.get(key, "") or "—"

    return shown
