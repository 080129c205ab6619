"""Staff call a project off for its client."""

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
from tasks.actions import calling_off
from tasks.admin.review import reviewer
from tasks.models import Project
from tasks.selectors.running import running


class CancelForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason (its annotators read it)"),
        max_length=calling_off.LONGEST_REASON,
        widget=forms.Textarea({"rows": 3}),
    )


class Pages:
    """The page, for the admin site it is shown in."""

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[URLPattern]:
        """To stand before the project table's own."""
        wrap = self.site.admin_view
        return [path("<uuid:project_id>/cancel/", wrap(self.cancel), name="tasks_cancel")]

    def cancel(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """What it costs now, and the form that does it."""
        by = of_staff(reviewer(request))
        project = Project.objects.visible_to(by).filter(pk=project_id).first()
        if project is None:
            raise NotFound("project")
        form = CancelForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                calling_off.cancel(project_id=project.pk, by=by, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, _("The project is cancelled."))
                return redirect("admin:tasks_project_change", project.pk)
        context = {
            **self.site.each_context(request),
            "title": _("Cancel “%s”") % project.name,
            "project": project,
            "form": form,
            "running": running(project),
        }
        return TemplateResponse(request, "tasks/desk/cancel.html", context)
