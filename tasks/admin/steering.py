"""How a project is matched: staff try weights without consequences, and rank projects."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.selectors.actors import of_staff
from marketplace.core.errors import NotFound, Refused
from tasks.actions import matching_fields, steering
from tasks.admin.review import reviewer
from tasks.matching.score import PRESETS, WEIGHTS
from tasks.models import Project
from tasks.selectors import dry_run, weights


class TryForm(forms.Form):
    """A preset, or six weights of one's own."""

    preset = forms.ChoiceField(
        label=gettext_lazy("Preset"),
        required=False,
        choices=[("", gettext_lazy("Weights of my own")), *((name, name) for name in PRESETS)],
    )
    quality = forms.FloatField(label=gettext_lazy("Quality"), required=False)
    fit = forms.FloatField(label=gettext_lazy("Fit"), required=False)
    price = forms.FloatField(label=gettext_lazy("Price"), required=False)
    urgency = forms.FloatField(label=gettext_lazy("Urgency"), required=False)
    fairness = forms.FloatField(label=gettext_lazy("Fairness"), required=False)
    exploration = forms.FloatField(label=gettext_lazy("Exploration"), required=False)

    def wanted(self) -> dict[str, Any]:
        """As clients send it."""
        data = self.cleaned_data
        if data["preset"]:
            return {"preset": data["preset"]}
        return {"weights": {name: data[name] for name in WEIGHTS}}


class RankForm(forms.Form):
    """Before others of the platform, or behind them."""

    rank = forms.IntegerField(
        label=gettext_lazy("Rank"),
        min_value=steering.RANKS[0],
        max_value=steering.RANKS[1],
        help_text=gettext_lazy("Of two projects open to an expert, the higher one goes first."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=1000)


class Pages:
    """The pages, for the admin site they are shown in."""

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[URLPattern]:
        """To stand before the project table's own."""
        wrap = self.site.admin_view
        return [
            path("<uuid:project_id>/dry-run/", wrap(self.dry_run), name="tasks_dry_run"),
            path("<uuid:project_id>/rank/", wrap(self.rank), name="tasks_rank"),
        ]

    def dry_run(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """The project under its weights and under those asked for; nothing is kept."""
        project = _project(request, project_id)
        present = weights.of(project)
        form = TryForm(request.GET or None, initial=present)
        wanted: Mapping[str, float] = present
        if form.is_bound and form.is_valid():
            try:
                wanted = matching_fields.read_weights(form.wanted())
            except Refused as refusal:
                for fault in refusal.faults:
                    form.add_error(None, f"{fault.pointer}: {fault.detail}")
            else:
                # the preset's weights to go on from
                form = TryForm(initial={**wanted, "preset": form.cleaned_data["preset"]})
        context = {
            **self.site.each_context(request),
            "title": _("Dry run of “%s”") % project.name,
            "project": project,
            "form": form,
            "run": dry_run.of(project, wanted),
        }
        return TemplateResponse(request, "tasks/desk/dry_run.html", context)

    def rank(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Set the project before others or behind them, with a reason."""
        project = _project(request, project_id)
        form = RankForm(request.POST or None, initial={"rank": project.rank})
        if request.method == "POST" and form.is_valid():
            try:
                steering.set_rank(
                    project_id=project.pk, by=of_staff(reviewer(request)), **form.cleaned_data
                )
            except Refused as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, _("The rank is kept."))
                return redirect("admin:tasks_project_change", project.pk)
        context = {
            **self.site.each_context(request),
            "title": _("Rank of “%s”") % project.name,
            "project": project,
            "form": form,
        }
        return TemplateResponse(request, "tasks/desk/rank.html", context)


def _project(request: HttpRequest, project_id: UUID) -> Project:
    actor = of_staff(reviewer(request))
    row = Project.objects.visible_to(actor).filter(pk=project_id).first()
    if row is None:
        raise NotFound("project")
    return row
