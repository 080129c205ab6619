"""Why (not), who could, and a task handed out by hand: pages of the desk."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AnnotatorProfile
from accounts.selectors.actors import of_staff
from marketplace.core.errors import Refused
from marketplace.core.ids import new_id
from tasks.actions import claims
from tasks.admin.review import reviewer
from tasks.selectors import explain, lookups, reasons


class WhyForm(forms.Form):
    """An annotator, and a project or one of its tasks."""

    annotator = forms.CharField(
        label=gettext_lazy("Annotator"),
        max_length=254,
        help_text=gettext_lazy("E-mail address, pseudonym or profile id."),
    )
    project = forms.UUIDField(label=gettext_lazy("Project id"), required=False)
    task = forms.UUIDField(label=gettext_lazy("Task id"), required=False)

    def clean_annotator(self) -> AnnotatorProfile:
        """The profile; says when there is none."""
        found = lookups.annotator(self.cleaned_data["annotator"])
        if found is None:
            raise forms.ValidationError(_("There is no such annotator."))
        return found

    def clean(self) -> dict[str, Any]:
        """A task brings its project along."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("task"):
            project_id = lookups.project_of_task(data["task"])
            if project_id is None or data.get("project") not in (None, project_id):
                self.add_error("task", _("There is no such task, or not in this project."))
            data["project"] = project_id
        elif not data.get("project") and not self.errors:
            self.add_error("project", _("Name a project or a task."))
        return data


class HandOutForm(WhyForm):
    """The same, to be claimed; sent twice, it is one claim."""

    claim = forms.UUIDField(widget=forms.HiddenInput)


class Pages:
    """The pages, for the admin site they are shown in."""

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[URLPattern]:
        """To stand before the project table's own."""
        wrap = self.site.admin_view
        return [
            path("why/", wrap(self.why), name="tasks_why"),
            path("hand-out/", wrap(self.hand_out), name="tasks_hand_out"),
            path("<uuid:project_id>/who/", wrap(self.who), name="tasks_who"),
        ]

    def why(self, request: HttpRequest) -> HttpResponse:
        """Every rule between an annotator and a project or task, with its fact."""
        if "annotator" not in request.GET:
            return self._why(request, WhyForm(initial=request.GET.dict()), None)
        form = WhyForm(request.GET)
        if not form.is_valid():
            return self._why(request, form, None)
        return self._why(request, form, _answer(form))

    def _why(self, request: HttpRequest, form: WhyForm, why: explain.WhyNot | None) -> HttpResponse:
        context = {
            **self.site.each_context(request),
            "title": _("Why (not)?"),
            "form": form,
            "why": why,
            "claim": new_id(),
            "parts": _parts(why) if why else [],
        }
        return TemplateResponse(request, "tasks/desk/why.html", context)

    def hand_out(self, request: HttpRequest) -> HttpResponse:
        """Claim a task for the annotator, by the rules of any claim; a refusal says which."""
        form = HandOutForm(request.POST)
        if request.method != "POST" or not form.is_valid():
            return redirect("admin:tasks_why")
        data = form.cleaned_data
        try:
            row = claims.claim(
                annotator_id=data["annotator"].pk,
                project_id=data["project"],
                task_id=data["task"],
                claim_id=data["claim"],
                by=of_staff(reviewer(request)),
            )
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("Task %s is handed out.") % row.task_id)
        query = QueryDict(mutable=True)
        query.update({name: form.data[name] for name in WhyForm.base_fields if form.data.get(name)})
        return redirect(f"{reverse('admin:tasks_why')}?{query.urlencode()}")

    def who(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """What each rule of a project does among all annotators, and the best who remain."""
        who = explain.who_could(project_id)
        context = {
            **self.site.each_context(request),
            "title": _("Who could do “%s”") % who.project.name,
            "who": who,
        }
        return TemplateResponse(request, "tasks/desk/who.html", context)


def _answer(form: WhyForm) -> explain.WhyNot | None:
    data = form.cleaned_data
    try:
        return explain.why_not(data["annotator"].pk, data["project"], data["task"])
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return None


def _parts(why: explain.WhyNot) -> list[tuple[str, float, float]]:
    """Name, value and weight of each part of a candidate's score."""
    return reasons.weighed(why.project, why.candidate) if why.candidate else []
