"""The needs-attention desk: tasks that ran out or were given back too often, with the reasons."""

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
from tasks.actions import attention
from tasks.admin.forms import AttentionForm
from tasks.admin.review import reviewer
from tasks.models import Task
from tasks.selectors import attention as waiting_tasks


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    """Tasks by state, and the desk of those that wait for staff."""

    change_form_template = "tasks/desk/task_change.html"
    change_list_template = "tasks/desk/task_changelist.html"
    list_display = ["__str__", "project", "state", "open_slots", "overlap", "created_at"]
    list_filter = ["state"]
    search_fields = ["external_id"]
    list_select_related = ["project"]
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """The desk's pages before the list's."""
        wrap = self.admin_site.admin_view
        return [
            path("attention/", wrap(self.desk), name="tasks_attention_desk"),
            path("attention/<uuid:task_id>/", wrap(self.one), name="tasks_attention_one"),
            *super().get_urls(),
        ]

    def desk(self, request: HttpRequest) -> HttpResponse:
        """The tasks that wait, oldest first, each with who gave it up and why."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Tasks that need attention"),
            "troubled": waiting_tasks.waiting(),
            "count": waiting_tasks.waiting_count(),
        }
        return TemplateResponse(request, "tasks/desk/attention_desk.html", context)

    def one(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        """One task: what annotators saw, what became of their claims, and what is done about it."""
        user = reviewer(request)
        page = waiting_tasks.page(task_id)
        form = AttentionForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            act = attention.put_back if form.cleaned_data["act"] == "put_back" else attention.cancel
            try:
                act(task_id=task_id, reason=form.cleaned_data["reason"], by=of_staff(user))
            except Refused as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, _("Done, and written down with its reason."))
                return redirect("admin:tasks_attention_desk")
        context = {
            **self.admin_site.each_context(request),
            "title": _("A task that needs attention"),
            "page": page,
            "form": form,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "tasks/desk/attention_one.html", context, status=status)
