"""Teams and who is in them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actions import teams
from accounts.admin import fields
from accounts.admin.base import ActingAdmin, Facts, MakingAdmin
from accounts.models import Team
from accounts.selectors import teams as reads
from marketplace.core.actors import Actor


class TeamForm(forms.Form):
    """A new team."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Its members read it: name no client.")
    )
    organization = fields.client(required=False)


class MemberForm(forms.Form):
    """Somebody comes or goes."""

    verb = forms.ChoiceField(
        label=_("Change"), choices=[("add", _("Add")), ("remove", _("Remove"))]
    )
    annotator = fields.AnnotatorField()
    reason = fields.reason(required=False)


@admin.register(Team)
class TeamAdmin(MakingAdmin, ActingAdmin):
    """Teams by client."""

    new_form = TeamForm
    new_title = _("New team")
    decide_form = MemberForm
    decide_title = _("Members")
    list_display = ["name", "organization", "size", "created_at", "decide_link"]
    search_fields = ["name", "organization__name"]
    list_select_related = ["organization"]
    ordering = ["name", "id"]
    fields = ["name", "organization", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        """With the number of members."""
        return reads.with_members(super().get_queryset(request))

    @admin.display(description=_("members"))
    def size(self, row: Any) -> int:
        """How many are in it."""
        return int(row.size)

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """A new team."""
        client = data["organization"]
        teams.create(name=data["name"], organization_id=client.pk if client else None, by=by)

    def perform(self, row: Team, data: dict[str, Any], by: Actor) -> None:
        """Add or remove somebody; a removal says why."""
        act = teams.add if data["verb"] == "add" else teams.remove
        act(team_id=row.pk, annotator_id=data["annotator"].pk, reason=data["reason"], by=by)

    def facts(self, row: Team, by: Actor) -> Facts:
        """Who is in it."""
        found = reads.members(row.pk)[: fields.MOST_SHOWN]
        return [
            (str(_("Client")), row.organization or "—"),
            (str(_("Members")), ", ".join(one.annotator.user.email for one in found) or "—"),
        ]
