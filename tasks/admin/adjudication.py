"""The adjudication desk.

All accepted answers of a disputed task side by side, and the last word.
"""

from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from accounts.selectors.actors import of_staff
from marketplace.core.admin import ReadOnlyAdmin
from marketplace.core.errors import Refused
from tasks.actions import adjudication
from tasks.admin.forms import ReasonForm
from tasks.admin.review import reviewer
from tasks.interface.form import answer_form, form_answer
from tasks.models import Adjudication
from tasks.selectors import disputes


@admin.register(Adjudication)
class AdjudicationAdmin(ReadOnlyAdmin):
    """Decisions so far, and the desk on which they are made."""

    change_list_template = "tasks/desk/adjudication_changelist.html"
    list_display = ["task", "decided_by", "decided_at"]
    list_select_related = ["task", "decided_by"]

    def get_urls(self) -> list[URLPattern]:
        """The desk's pages before the list's."""
        wrap = self.admin_site.admin_view
        return [
            path("desk/", wrap(self.desk), name="tasks_adjudication_desk"),
            path("desk/<uuid:task_id>/", wrap(self.one), name="tasks_adjudication_one"),
            *super().get_urls(),
        ]

    def desk(self, request: HttpRequest) -> HttpResponse:
        """The disputed tasks, oldest first."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Disputed tasks"),
            "disputed": disputes.shared_with(reviewer(request)),
        }
        return TemplateResponse(request, "tasks/desk/adjudication_desk.html", context)

    def one(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        """The task, its answers without names, and the form of the final answer."""
        user = reviewer(request)
        page = disputes.page(task_id)
        posted = request.POST if request.method == "POST" else None
        answer = answer_form(page.interface, page.payload, data=posted)
        reason = ReasonForm(posted)
        if posted is not None and answer.is_valid() and reason.is_valid():
            try:
                adjudication.decide(
                    task_id=task_id,
                    answer=form_answer(answer),
                    reason=reason.cleaned_data["reason"],
                    by=of_staff(user),
                    user=user,
                )
            except Refused as refusal:
                reason.add_error(None, refusal.message)
            else:
                messages.success(request, _("The task is concluded with this answer."))
                return redirect("admin:tasks_adjudication_desk")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Adjudicate a task"),
            "page": page,
            "answer": answer,
            "reason": reason,
        }
        return TemplateResponse(request, "tasks/desk/adjudication_one.html", context)
