"""A client's deliveries: the list, the report as page and PDF, the export."""

import json
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.web.actors import request_actor
from marketplace.core.errors import NotFound
from tasks.models import Delivery, Project
from tasks.report import page, pdf, words
from tasks.selectors import delivery_export, quality_report


@require_GET
@login_required
def rows(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The deliveries of a project, newest first."""
    project = Project.objects.visible_to(request_actor(request)).filter(pk=project_id).first()
    if project is None:
        raise NotFound("project")
    context = {"project": project, "deliveries": project.deliveries.order_by("-number")}
    return render(request, "tasks/client_deliveries.html", context)


@require_GET
@login_required
def one(request: HttpRequest, project_id: UUID, number: int) -> HttpResponse:
    """The report of one delivery."""
    row = _delivery(request, project_id, number)
    report = quality_report.told(row)
    context = {
        "delivery": row,
        "headline": words.headline(report),
        "caveats": words.caveats(report),
        "sections": list(page.sections(report)),
    }
    return render(request, "tasks/client_delivery.html", context)


@require_GET
@login_required
def pdf_file(request: HttpRequest, project_id: UUID, number: int) -> HttpResponse:
    """The report as PDF."""
    row = _delivery(request, project_id, number)
    reply = HttpResponse(pdf.write(quality_report.told(row)), content_type="application/pdf")
    reply["Content-Disposition"] = f'attachment; filename="delivery-{row.number}.pdf"'
    return reply


@require_GET
@login_required
def export(request: HttpRequest, project_id: UUID, number: int) -> StreamingHttpResponse:
    """Everything that the report is reckoned from, one JSON object a line."""
    row = _delivery(request, project_id, number)
    lines = (
        (json.dumps(record, ensure_ascii=False) + "\n").encode()
        for record in delivery_export.records(row)
    )
    reply = StreamingHttpResponse(lines, content_type="application/x-ndjson")
    reply["Content-Disposition"] = f'attachment; filename="delivery-{row.number}.ndjson"'
    return reply


def _delivery(request: HttpRequest, project_id: UUID, number: int) -> Delivery:
    mine = Delivery.objects.visible_to(request_actor(request))
    row = mine.select_related("project").filter(project=project_id, number=number).first()
    if row is None:
        raise NotFound("delivery")
    return row
