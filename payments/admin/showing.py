"""A row of money at the desk: amounts in their currency, keys as names, facts as lines; what only
machines use stands apart.
"""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import display_for_field
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.actors import NamedActors
from accounts.selectors import names
from marketplace.core.admin import ReadOnlyAdmin
from payments.admin import words
from payments.currencies import CURRENCIES, major
from payments.selectors import owners, work
from payments.selectors.rails import in_words

KEYS = {
    "asked_by", "approved_by", "decided_by", "set_by", "lifted_by", "first_by", "second_by",
    "holder", "pot", "source",
}  # fmt: skip
MACHINES = {
    "attempt", "ambiguous", "empty_looks", "last_look_at", "first_sent_at", "last_sent_at",
    "next_try_at", "next_check_at", "first_tried_at", "details_print", "bank_read_at", "version",
    "pushed_version", "seen_at", "payload", "livemode", "checkout_session", "checkout_url",
    "stripe_method", "reminded_at", "rail", "facts",
}  # fmt: skip
EMPTY: tuple[Any, ...] = (None, "", [], {})
LABELS = {
    "amount_minor": gettext_lazy("amount"),
    "fee_minor": gettext_lazy("platform's fee"),
    "taken_minor": gettext_lazy("of it taken back"),
    "recovered_minor": gettext_lazy("of it kept for debts"),
    "reversed_minor": gettext_lazy("of it came back"),
    "returned_minor": gettext_lazy("waits for a decision"),
    "settled_minor": gettext_lazy("of it settled"),
    "borne_minor": gettext_lazy("of it the platform's loss"),
    "failed_minor": gettext_lazy("came back, and is prepaid again"),
    "received_minor": gettext_lazy("received so far"),
    "price_minor": gettext_lazy("price"),
    "most_minor": gettext_lazy("at most"),
    "floor_minor": gettext_lazy("below"),
    "ceiling_minor": gettext_lazy("a month at most"),
    "withdrawn_minor": gettext_lazy("taken by the bank"),
    "made_good_minor": gettext_lazy("of the platform's loss made good"),
    "made_good": gettext_lazy("made good from"),
    "reinstated_minor": gettext_lazy("given back by the bank"),
    "ours_minor": gettext_lazy("our books"),
    "theirs_minor": gettext_lazy("the other side"),
    "other_minor": gettext_lazy("of it not work: exams and goodwill"),
    "kept_minor": gettext_lazy("kept for debts"),
    "pot": gettext_lazy("project"),
    "source": gettext_lazy("for"),
    "holder": gettext_lazy("of whom or what"),
    "second_needed": gettext_lazy("a second person is needed"),
    "two_needed": gettext_lazy("two people are needed"),
    "transfers": gettext_lazy("payouts"),
    "lines": gettext_lazy("what it is made of"),
    "line1": gettext_lazy("address"),
    "line2": gettext_lazy("address, second line"),
    "vat_id": gettext_lazy("VAT id"),
    "emails": gettext_lazy("e-mail addresses"),
    "last4": gettext_lazy("last four digits"),
    "exp_month": gettext_lazy("last month that it is good for"),
    "exp_year": gettext_lazy("of the year"),
    "requirements": gettext_lazy("what Stripe asks them for"),
    "requirements_due_at": gettext_lazy("Stripe waits for it until"),
}
Shown = Callable[[Any], Any]


def amount(row: Any, minor: int | None) -> str:
    """Minor units in the currency of the row, or of what it is a part of; empty for none."""
    code = getattr(row, "currency", "")
    for whole in ("run", "clawback"):
        code = code or getattr(getattr(row, whole, None), "currency", "")
    if minor is None:
        return ""
    return major(minor, code) if code in CURRENCIES else str(minor)


class MoneyAdmin(NamedActors, ReadOnlyAdmin):
    """A table of money. Subclasses say what the list shows; a row's page follows from its columns,
    unless they name `fields`; `left_out` are columns that another page shows better.
    """

    left_out: ClassVar[frozenset[str]] = frozenset()
    labels: ClassVar[dict[str, Any]] = {}
    """What this table calls a column, where others call it otherwise."""
    unless_zero: ClassVar[frozenset[str]] = frozenset()
    """Columns that say nothing while they are zero."""
    more: ClassVar[tuple[str, ...]] = ()
    """Columns of its own that a row's page shows besides."""

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def money(self, row: Any) -> str | SafeString:
        """For people."""
        return amount(row, row.amount_minor)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def step(self, row: Any) -> str:
        """For staff; the states' own labels are short, or speak to annotators."""
        return words.state(str(self.opts.model_name), row.state)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What people read, as far as the row has it, then what only machines use."""
        if self.fields or self.fieldsets:
            return super().get_fieldsets(request, obj)
        people: list[Any] = []
        machines: list[Any] = []
        for field in self.opts.concrete_fields:
            if obj is not None and self._says_nothing(field, getattr(obj, field.attname)):
                continue
            if field.primary_key and not field.is_relation:
                machines.append(_column(field, self.labels))
            elif field.name not in self.left_out and not self._told_by_amounts(field):
                (machines if field.name in MACHINES else people).append(_column(field, self.labels))
        found: list[Any] = [(None, {"fields": [*people, *self.more]})]
        title = _("What the machines keep")
        found.append((title, {"fields": machines, "classes": ["collapse"]}))
        return found

    def _says_nothing(self, field: models.Field[Any, Any], value: Any) -> bool:
        return value in EMPTY or (value == 0 and field.name in self.unless_zero)

    def _told_by_amounts(self, field: models.Field[Any, Any]) -> bool:
        amounts = any(one.name.endswith("_minor") for one in self.opts.concrete_fields)
        return field.name == "currency" and amounts


def _column(field: models.Field[Any, Any], labels: Mapping[str, Any]) -> str | Shown:
    """A field as Django shows it, or a reader of it with the field's label."""
    name, read = field.name, _reader(field)
    label = labels.get(name) or LABELS.get(name)
    if read is None and label is None:
        return name

    def shown(row: Any) -> Any:
        if read is None:
            return display_for_field(getattr(row, name), field, "—")
        return read(row, getattr(row, name))

    shown.__name__ = f"shown_{name}"
    return admin.display(description=label or field.verbose_name)(shown)


def _reader(field: models.Field[Any, Any]) -> Callable[[Any, Any], Any] | None:
    """What says a column's value, as a function of row and value; `None`: Django does it well."""
    name = field.name
    if name in READERS:
        return READERS[name]
    if name.endswith("_minor"):
        return amount
    if name == "state" and field.model._meta.model_name in words.STATES:
        return lambda row, value: words.state(row._meta.model_name, value)
    if name in KEYS:
        return lambda _row, value: named([value])[value]
    return next((read for kind, read in KINDS.items() if isinstance(field, kind)), None)


def named(keys: Collection[str]) -> dict[str, str]:
    """Keys of actors, owners and work as names; what names nothing stays, nothing is a dash."""
    wanted = [key for key in keys if key]
    held = {key: thing.text for key, thing in work.things(wanted).items()}
    pots = [key for key in wanted if key.startswith("project:")]
    return {"": "—", **names.of(wanted), **owners.called(pots), **held}


def told(row: Any, value: Any) -> str:
    """Facts of a row, one a line; parts of pay with their amounts."""
    if isinstance(value, dict):
        lines = [f"{_plain(key)}: {_value(row, key, one)}" for key, one in value.items()]
    else:
        lines = [_line(row, one) for one in value or []]
    return "\n".join(lines) or "—"


def _line(row: Any, one: Any) -> str:
    if isinstance(one, dict) and "amount_minor" in one:
        text = one.get("text") or _plain(str(one.get("kind", "")))
        return f"{text}: {amount(row, one['amount_minor'])}"
    return _value(row, "", one)


def _value(row: Any, key: str, one: Any) -> str:
    if key.endswith("minor") and isinstance(one, int):
        return amount(row, one)
    return json.dumps(one, ensure_ascii=False) if isinstance(one, dict | list) else str(one)


def _plain(key: str) -> str:
    return key.removesuffix("_minor").replace("_", " ")


def _wanted(need: str) -> str:
    """In words, with Stripe's code behind them."""
    return f"{in_words(need)} ({need})"


def _printed(_row: Any, value: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))


READERS: dict[str, Callable[[Any, Any], Any]] = {
    "currency": lambda _row, value: value.upper() or "—",
    "transfers": lambda _row, value: words.transfers(value),
    "way": lambda _row, value: words.way(value),
    "taken_from": lambda _row, value: words.place(value),
    "payload": _printed,
    "requirements": lambda _row, value: "\n".join(map(_wanted, value)) or "—",
    "brand": lambda _row, value: value.capitalize(),
    "emails": lambda _row, value: "\n".join(value) or "—",
}
KINDS: dict[type[models.Field[Any, Any]], Callable[[Any, Any], Any]] = {
    models.JSONField: told,
    models.BooleanField: lambda _row, value: _("yes") if value else _("no"),
}
