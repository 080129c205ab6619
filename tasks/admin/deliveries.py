"""Deliveries on the desk: the list, the form that makes one, and the report."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.selectors.actors import of_staff
from marketplace.core.admin import ReadOnlyAdmin
from marketplace.core.errors import NotFound, Refused
from tasks.actions import deliveries
from tasks.admin.review import reviewer
from tasks.models import Delivery, Project
from tasks.report import page, pdf, words
from tasks.selectors import quality_report
from tasks.states import LotMethod


class PlanForm(forms.Form):
    """How the lots are judged."""

    lot_size = forms.IntegerField(label=gettext_lazy("Results a lot"), initial=deliveries.LOT_SIZE)
    aql = forms.FloatField(label=gettext_lazy("Good: share wrong up to"), initial=deliveries.AQL)
    ltpd = forms.FloatField(label=gettext_lazy("Bad: share wrong from"), initial=deliveries.LTPD)
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=LotMethod.choices)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Deliveries by state, with their reports."""

    change_form_template = "tasks/desk/delivery_change.html"
    list_display = ["__str__", "project", "state", "results", "method", "made_at", "ready_at"]
    list_filter = ["state", "method"]
    list_select_related = ["project"]
    exclude = ["report"]
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """The form and the reports before the table's pages."""
        wrap = self.admin_site.admin_view
        return [
            path("new/<uuid:project_id>/", wrap(self.new), name="tasks_delivery_new"),
            path("<uuid:delivery_id>/report/", wrap(self.report), name="tasks_delivery_report"),
            path("<uuid:delivery_id>/report.pdf", wrap(self.pdf), name="tasks_delivery_pdf"),
            *super().get_urls(),
        ]

    def new(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Make a delivery of what is concluded."""
        actor = of_staff(reviewer(request))
        project = Project.objects.visible_to(actor).filter(pk=project_id).first()
        if project is None:
            raise NotFound("project")
        form = PlanForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                row = deliveries.make(project_id=project.pk, by=actor, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, refusal.message)
                for fault in refusal.faults:
                    form.add_error(fault.pointer[1:], fault.detail)
            else:
                messages.success(request, _("The delivery is made; its inspections are asked for."))
                return redirect("admin:tasks_delivery_change", row.pk)
        context = self._context(_("A delivery of “%s”") % project.name, project=project, form=form)
        context |= self.admin_site.each_context(request)
        return TemplateResponse(request, "tasks/desk/delivery_new.html", context)

    def report(self, request: HttpRequest, delivery_id: UUID) -> HttpResponse:
        """The report as the client sees it."""
        row = self._row(request, delivery_id)
        report = quality_report.told(row)
        context = self._context(
            _("Delivery %d") % row.number,
            delivery=row,
            headline=words.headline(report),
            caveats=words.caveats(report),
            sections=list(page.sections(report)),
        )
        context |= self.admin_site.each_context(request)
        return TemplateResponse(request, "tasks/desk/delivery_report.html", context)

    def pdf(self, request: HttpRequest, delivery_id: UUID) -> HttpResponse:
        """The report as PDF."""
        report = quality_report.told(self._row(request, delivery_id))
        return HttpResponse(pdf.write(report), content_type="application/pdf")

    def _row(self, request: HttpRequest, delivery_id: UUID) -> Delivery:
        rows = Delivery.objects.visible_to(of_staff(reviewer(request))).select_related("project")
        row = rows.filter(pk=delivery_id).first()
        if row is None:
            raise NotFound("delivery")
        return row

    @staticmethod
    def _context(title: str, **more: Any) -> dict[str, Any]:
        return {"title": title, **more}
