"""Roster import: upload a CSV, look at what each row would do, apply or discard it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.actions import roster
from accounts.actions.roster import reading
from accounts.models import RosterImport
from accounts.selectors.actors import of_staff
from marketplace.core.admin import ReadOnlyAdmin
from marketplace.core.errors import NotFound, Refused


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(label="CSV")


@admin.register(RosterImport)
class RosterAdmin(ReadOnlyAdmin):
    """Rosters and what became of them."""

    change_list_template = "accounts/desk/roster_changelist.html"
    list_display = ["file_name", "state", "created_by", "created_at", "applied_at", "preview_link"]
    list_filter = ["state"]
    list_select_related = ["created_by"]
    ordering = ["-created_at", "id"]
    exclude = ["rows", "problems"]

    def get_urls(self) -> list[URLPattern]:
        """The roster's pages before Django's own."""
        wrap = self.admin_site.admin_view
        return [
            path("upload/", wrap(self.upload), name="accounts_roster_upload"),
            path("<uuid:roster_id>/preview/", wrap(self.preview), name="accounts_roster_preview"),
            *super().get_urls(),
        ]

    def preview_link(self, row: RosterImport) -> SafeString:
        """A column that leads to the rows."""
        url = reverse("admin:accounts_roster_preview", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Rows"))

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Read a file and go to its preview; a file that cannot be read is refused on the form."""
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                made = roster.preview(
                    file_name=file.name,
                    content=file.read(reading.MAX_BYTES + 1),
                    by=of_staff(request.user),
                )
            except Refused as refused:
                form.add_error("file", refused.message)
            else:
                return redirect("admin:accounts_roster_preview", made.pk)
        context = self._context(request, form=form, columns=reading.REQUIRED + reading.OPTIONAL)
        status = 422 if form.errors else 200
        return TemplateResponse(request, "accounts/desk/roster_upload.html", context, status=status)

    def preview(self, request: HttpRequest, roster_id: UUID) -> HttpResponse:
        """The rows with what each would do; `apply` or `discard` by POST."""
        row = self.get_object(request, str(roster_id))
        if row is None:
            raise NotFound("roster")
        if request.method == "POST":
            act = roster.discard if "discard" in request.POST else roster.apply
            act(roster_id=row.pk, by=of_staff(request.user))
            messages.success(request, _("Done."))
            return redirect("admin:accounts_roster_preview", row.pk)
        problems: dict[int, list[dict[str, Any]]] = {}
        for problem in row.problems:
            problems.setdefault(problem["row"], []).append(problem)
        rows = [{**one, "problems": problems.get(one["row"], [])} for one in row.rows]
        good = sum(one["does"] != "problem" for one in rows)
        context = self._context(request, roster=row, rows=rows, good=good)
        return TemplateResponse(request, "accounts/desk/roster_preview.html", context)

    def _context(self, request: HttpRequest, **more: Any) -> dict[str, Any]:
        frame = self.admin_site.each_context(request)
        return {**frame, "title": _("Roster import"), "opts": self.opts, **more}
