"""The client calls a project off, and reads first what that means."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.web.actors import request_actor
from marketplace.core.errors import NotFound, Refused
from tasks.actions import calling_off
from tasks.models import Project
from tasks.selectors.running import running


class CancelForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Why? Those who work on it read this."),
        max_length=calling_off.LONGEST_REASON,
        widget=forms.Textarea({"rows": 3}),
    )


@require_http_methods(["GET", "POST"])
@login_required
def project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """What calling it off costs now, and the form that does it."""
    by = request_actor(request)
    row = Project.objects.visible_to(by).filter(pk=project_id).first()
    if row is None:
        raise NotFound("project")
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            calling_off.cancel(project_id=row.pk, by=by, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The project is cancelled."))
            return redirect("tasks:client_project", row.pk)
    context = {"project": row, "form": form, "running": running(row)}
    status = 422 if form.errors else 200
    return render(request, "tasks/client_cancel.html", context, status=status)
