"""The desk's filters beside a list, in words in place of the columns' own values."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.utils.translation import gettext_lazy as _

from payments.admin import words


class Worded(admin.AllValuesFieldListFilter):
    """The values that a column has, each in words (`say`); `heading` in place of its name."""

    heading: Any = ""
    say: Callable[[str], str] = staticmethod(str)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.title = self.heading or self.title

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """The first choice is all of them, which Django names."""
        for number, one in enumerate(super().choices(changelist)):
            yield {**one, "display": self.say(str(one["display"])) if number else one["display"]}


def worded(say: Callable[[str], str], heading: Any = "") -> type[Worded]:
    """A filter that says a column's values by `say`."""
    return type("WordedFilter", (Worded,), {"say": staticmethod(say), "heading": heading})


class StateFilter(admin.ChoicesFieldListFilter):
    """All states of a table, in staff's words for them."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Every state, whether a row has it or not."""
        table = str(self.field.model._meta.model_name)
        said = {str(label): words.state(table, value) for value, label in self.field.flatchoices}
        for one in super().choices(changelist):
            yield {**one, "display": said.get(str(one["display"]), one["display"])}


STATE = ("state", StateFilter)
CURRENCY = ("currency", worded(str.upper))
DISPUTE_REASON = ("reason", worded(words.dispute_reason))
DIFFERENCE_KIND = ("kind", worded(words.difference, _("what was found")))
TRANSFERS = ("transfers", worded(words.transfers, _("whether it can be paid")))
WAY = ("way", worded(words.way, _("how")))
