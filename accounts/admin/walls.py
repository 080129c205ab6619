"""Walls between competing clients, and clients' own lists of annotators."""

from typing import Any

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actions import lists, walls
from accounts.admin import fields
from accounts.admin.base import ActingAdmin, Facts, MakingAdmin
from accounts.models import ListEntry, Wall
from accounts.states import ListKind
from marketplace.core.actors import Actor


class WallForm(forms.Form):
    """Two clients that compete."""

    first = fields.client(label=_("One client"))
    second = fields.client(label=_("The other client"))
    months = forms.IntegerField(
        label=_("Months"),
        min_value=1,
        max_value=walls.LONGEST,
        initial=12,
        help_text=_("Who has claimed work of one in so many months gets none of the other."),
    )
    reason = fields.reason(told=False)


class LiftForm(forms.Form):
    """Why the wall is no longer needed."""

    reason = fields.reason(told=False)


@admin.register(Wall)
class WallAdmin(MakingAdmin, ActingAdmin):
    """Walls, standing and lifted. Annotators never learn of them."""

    new_form = WallForm
    new_title = _("New wall")
    decide_form = LiftForm
    decide_title = _("Lift")
    list_display = ["first", "second", "months", "reason", "made_at", "lifted_at", "decide_link"]
    list_filter = [("lifted_at", admin.EmptyFieldListFilter)]
    search_fields = ["first__name", "second__name", "reason"]
    list_select_related = ["first", "second"]
    ordering = ["-made_at", "id"]

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """Put it up."""
        walls.put_up(
            organization_ids=(data["first"].pk, data["second"].pk),
            months=data["months"],
            reason=data["reason"],
            by=by,
        )

    def perform(self, row: Wall, data: dict[str, Any], by: Actor) -> None:
        """Lift it."""
        walls.lift(wall_id=row.pk, reason=data["reason"], by=by)

    def facts(self, row: Wall, by: Actor) -> Facts:
        """Between whom it stands, and why."""
        return [
            (str(_("Clients")), f"{row.first}, {row.second}"),
            (str(_("Months")), row.months),
            (str(_("Reason")), row.reason),
            (str(_("Put up at")), row.made_at),
            (str(_("Lifted at")), row.lifted_at or "—"),
        ]


class EntryForm(forms.Form):
    """An annotator on a client's list."""

    organization = fields.client()
    annotator = fields.AnnotatorField()
    kind = forms.ChoiceField(
        label=_("List"),
        choices=[
            (ListKind.ALLOW, _("Allow: may do what is by invitation only")),
            (ListKind.DENY, _("Deny: gets none of its work")),
        ],
    )
    reason = fields.reason()


class RemoveForm(forms.Form):
    """Why the entry goes."""

    reason = fields.reason()


@admin.register(ListEntry)
class ListEntryAdmin(MakingAdmin, ActingAdmin):
    """Whom clients allow and deny."""

    new_form = EntryForm
    new_title = _("New entry")
    decide_form = RemoveForm
    decide_title = _("Remove")
    list_display = ["organization", "kind", "annotator", "reason", "made_at", "decide_link"]
    list_filter = ["kind", ("organization", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["organization__name", "annotator__user__email"]
    list_select_related = ["organization", "annotator__user"]
    ordering = ["-made_at", "id"]

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """Put the annotator on the list."""
        lists.put(
            organization_id=data["organization"].pk,
            annotator_id=data["annotator"].pk,
            kind=data["kind"],
            reason=data["reason"],
            by=by,
        )

    def perform(self, row: ListEntry, data: dict[str, Any], by: Actor) -> None:
        """Take the annotator off the list."""
        lists.remove(entry_id=row.pk, reason=data["reason"], by=by)

    def facts(self, row: ListEntry, by: Actor) -> Facts:
        """Who is on whose list, and why."""
        return [
            (str(_("Client")), row.organization),
            (str(_("List")), row.get_kind_display()),
            (str(_("Person")), f"{row.annotator.user.name}, {row.annotator.user.email}"),
            (str(_("Reason")), row.reason),
            (str(_("Since")), row.made_at),
        ]

    def after(self, row: ListEntry) -> str:
        """The row is gone: back to the list."""
        return reverse("admin:accounts_listentry_changelist")
