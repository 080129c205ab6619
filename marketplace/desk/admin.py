"""The audit trail at the desk: who by name, about what as a link to the row."""

import re
from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext_lazy as _

from accounts.admin.actors import NamedActors, by_name
from marketplace.core.admin import ReadOnlyAdmin
from marketplace.core.models import AuditEntry
from marketplace.core.selectors import rows_behind
from marketplace.desk.site import OUR_APPS
from payments.currencies import CURRENCIES, major

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
NAME = 80
"""Letters of a row's name that are shown."""


def subjects(keys: Collection[str]) -> dict[str, SafeString]:
    """For each `kind:id` what it is called, with a link where it has a page; one query a kind.

    What names no row of ours (any more) keeps its own words.
    """
    rows = rows_behind(keys, OUR_APPS)
    return {key: _shown(key, rows.get(key)) for key in keys}


def _shown(key: str, row: Model | None) -> SafeString:
    kind, _colon, rest = key.partition(":")
    if row is None:
        return format_html("{} {}", capfirst(kind.replace("_", " ")), rest)
    kind, called = capfirst(str(row._meta.verbose_name)), str(row)
    if ID.search(called):  # says no more than the link does
        called = f"…{str(row.pk)[-6:]}"
    name = Truncator(f"{kind}: {called}").chars(NAME)
    try:
        url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return format_html("{}", name)
    return format_html('<a href="{}">{}</a>', url, name)


class VerbFilter(admin.AllValuesFieldListFilter):
    """What was done, in words."""

    def choices(self, changelist: ChangeList) -> Any:
        """The verbs without their underscores."""
        for one in super().choices(changelist):
            yield {**one, "display": str(one["display"]).replace("_", " ")}


@admin.register(AuditEntry)
class AuditAdmin(NamedActors, ReadOnlyAdmin):
    """Who did what, when and why."""

    list_display = ["at", "who", "did", "about", "reason"]
    list_filter = [("verb", VerbFilter)]
    search_fields = ["actor", "subject", "request_id"]
    ordering = ["-id"]
    show_full_result_count = False
    actor_fields = ("actor",)
    who = by_name("actor", _("who"))
    fields = ["at", "who", "did", "about", "reason", "facts", "request_id"]

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list, each row with the names of what it is about."""
        found = super().get_changelist_instance(request)
        called = subjects({row.subject for row in found.result_list})
        for row in found.result_list:
            row.subject_shown = called[row.subject]
        return found

    @admin.display(description=_("did"), ordering="verb")
    def did(self, row: AuditEntry) -> str:
        """In words."""
        return row.verb.replace("_", " ")

    @admin.display(description=_("about"), ordering="subject")
    def about(self, row: AuditEntry) -> SafeString:
        """What it was done to."""
        shown: SafeString | None = getattr(row, "subject_shown", None)
        return shown or subjects([row.subject])[row.subject]

    @admin.display(description=_("facts"))
    def facts(self, row: AuditEntry) -> SafeString:
        """One a line, keys of rows as their names, amounts with their currency."""
        code = _currency(row)
        texts = {name: _said(name, value, code) for name, value in sorted(row.data.items())}
        called = subjects({text for text in texts.values() if ":" in text})
        return format_html_join(
            SafeString("<br>"),
            "{}: {}",
            ((_fact(name), called.get(text, text)) for name, text in texts.items()),
        )


def _fact(name: str) -> str:
    return name.removesuffix("_minor").replace("_", " ")


def _said(name: str, value: Any, code: str) -> str:
    """A fact's value; an amount of money as people read it, where its currency is known."""
    if name.endswith("_minor") and isinstance(value, int) and code:
        return major(value, code)
    return value.upper() if name == "currency" and value == code else str(value)


def _currency(row: AuditEntry) -> str:
    """The currency of an entry's amounts: its own, else that of the row it is about."""
    code = row.data.get("currency")
    if not code and any(name.endswith("_minor") for name in row.data):
        code = getattr(rows_behind([row.subject], OUR_APPS).get(row.subject), "currency", "")
    return code if code in CURRENCIES else ""
