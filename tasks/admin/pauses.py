"""Pauses of annotators; here and not with the people, since one may hold for a project."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.actions import pauses
from accounts.admin import fields
from accounts.admin.base import ActingAdmin, Facts, MakingAdmin
from accounts.models import Pause
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, invalid
from tasks.models import Project


class PauseForm(forms.Form):
    """Who gets no new work, where and how long."""

    annotator = fields.AnnotatorField()
    domain = fields.domain(required=False)
    organization = fields.client(required=False)
    project = forms.UUIDField(
        label=_("Project"),
        required=False,
        help_text=_("Its id. Name a domain, a client or a project; none of them: any work."),
    )
    until = forms.DateTimeField(
        label=_("Until"),
        required=False,
        help_text=_("YYYY-MM-DD HH:MM, your time; empty until it is lifted."),
    )
    reason = fields.reason()
    evidence = fields.EvidenceField()


class LiftForm(forms.Form):
    """Why the pause ends."""

    reason = fields.reason()


@admin.register(Pause)
class PauseAdmin(MakingAdmin, ActingAdmin):
    """Who is paused where, latest first."""

    new_form = PauseForm
    new_title = _("Pause an annotator")
    decide_form = LiftForm
    decide_title = _("Lift")
    list_display = [
        "annotator",
        "domain",
        "organization",
        "project_id",
        "reason",
        "made_at",
        "until",
        "lifted_at",
        "decide_link",
    ]
    list_filter = [("lifted_at", admin.EmptyFieldListFilter)]
    search_fields = ["annotator__user__email", "organization__name", "project_id"]
    list_select_related = ["annotator__user", "domain", "organization"]
    ordering = ["-made_at", "id"]

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """Pause the annotator; a project has to be there."""
        project, client = data["project"], data["organization"]
        if project and not Project.objects.visible_to(by).filter(pk=project).exists():
            raise invalid("Unknown project.", [Fault("/project", "There is no such project.")])
        pauses.pause(
            annotator_id=data["annotator"].pk,
            domain=data["domain"],
            organization_id=client.pk if client else None,
            project_id=project,
            until=data["until"],
            reason=data["reason"],
            evidence=data["evidence"],
            by=by,
        )

    def perform(self, row: Pause, data: dict[str, Any], by: Actor) -> None:
        """Lift it."""
        pauses.lift(pause_id=row.pk, reason=data["reason"], by=by)

    def facts(self, row: Pause, by: Actor) -> Facts:
        """Who, where, how long and why."""
        project: Project | None = None
        if row.project_id is not None:
            project = Project.objects.visible_to(by).filter(pk=row.project_id).first()
        return [
            (str(_("Person")), f"{row.annotator.user.name}, {row.annotator.user.email}"),
            (str(_("Domain")), row.domain or "—"),
            (str(_("Client")), row.organization or "—"),
            (str(_("Project")), project.name if project else row.project_id or "—"),
            (str(_("Until")), row.until or "—"),
            (str(_("Ended")), row.lifted_at or "—"),
            (str(_("Reason")), row.reason),
            (str(_("Paused by")), row.made_by),
        ]
