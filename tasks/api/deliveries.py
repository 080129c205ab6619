"""Deliveries for clients' programs: made, watched, and taken with report and export."""

import json
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.pagination import Cursor
from marketplace.core.errors import NotFound, Refused
from tasks.actions import deliveries
from tasks.api.projects import ProjectApi
from tasks.api.serializers import DeliveryIn, DeliveryOut
from tasks.models import Delivery
from tasks.report import pdf
from tasks.selectors import delivery_export, quality_report
from tasks.states import DeliveryState

DRAFT = OpenApiParameter("draft", str, enum=["1"], description="1: also before it is ready.")


class DeliveryApi(ProjectApi):
    """A view of one delivery of one of the key's projects."""

    scopes = {"GET": "results:read"}

    def delivery(self, project_id: UUID, number: int) -> Delivery:
        """The delivery, or 404."""
        rows = Delivery.objects.visible_to(self.actor).filter(project=project_id, number=number)
        row = rows.select_related("project").first()
        if row is None:
            raise NotFound("delivery")
        return row

    def settled(self, request: Request, project_id: UUID, number: int) -> Delivery:
        """The delivery, for its papers: 409 `not_ready` unless it is, or a draft is asked for."""
        row = self.delivery(project_id, number)
        if row.state != DeliveryState.READY and request.query_params.get("draft") != "1":
            raise Refused(
                "not_ready",
                "The delivery is not ready: nothing is warranted yet. Ask with draft=1 to see it "
                "as things stand.",
            )
        return row


class DeliveriesView(ProjectApi):
    """The deliveries of a project."""

    scopes = {"GET": "results:read", "POST": "projects:write"}

    @extend_schema(responses=DeliveryOut(many=True), operation_id="deliveries_list")
    def get(self, request: Request, project_id: UUID) -> Response:
        """Newest first."""
        rows = Delivery.objects.visible_to(self.actor).filter(project=self.project(project_id))
        return Cursor.answer(self, rows.prefetch_related("lots"), DeliveryOut)

    @extend_schema(
        request=DeliveryIn, responses={201: DeliveryOut}, operation_id="deliveries_create"
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        """All results that are in no delivery, oldest first, parted into lots; their inspections
        are asked for. 409 `nothing_to_deliver`.
        """
        row = deliveries.make(
            project_id=self.project(project_id).pk, by=self.actor, **DeliveryIn.read(request)
        )
        return Response(DeliveryOut(row).data, status=201)


class DeliveryView(DeliveryApi):
    """One delivery."""

    @extend_schema(responses=DeliveryOut, operation_id="deliveries_read")
    def get(self, request: Request, project_id: UUID, number: int) -> Response:
        """As it stands, with its lots."""
        return Response(DeliveryOut(self.delivery(project_id, number)).data)


class CancelView(DeliveryApi):
    """Give a delivery up."""

    scopes = {"POST": "projects:write"}

    @extend_schema(request=None, responses=DeliveryOut, operation_id="deliveries_cancel")
    def post(self, request: Request, project_id: UUID, number: int) -> Response:
        """The cancelled delivery; its results may go into another. 409 once it is ready."""
        row = deliveries.cancel(delivery_id=self.delivery(project_id, number).pk, by=self.actor)
        return Response(DeliveryOut(row).data)


class ReportView(DeliveryApi):
    """The report of a delivery."""

    @extend_schema(
        parameters=[DRAFT], responses=OpenApiTypes.OBJECT, operation_id="deliveries_report"
    )
    def get(self, request: Request, project_id: UUID, number: int) -> Response:
        """Warranty, confidence, calibration, agreement, annotators, confusion (docs/quality.md).

        409 `not_ready` before the delivery is ready; with `draft=1` as things stand, and its
        `warranty` is null.
        """
        return Response(quality_report.told(self.settled(request, project_id, number)))


class PdfView(DeliveryApi):
    """The report for people."""

    @extend_schema(
        parameters=[DRAFT],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
        operation_id="deliveries_pdf",
    )
    def get(self, request: Request, project_id: UUID, number: int) -> HttpResponse:
        """The same report as PDF."""
        report = quality_report.told(self.settled(request, project_id, number))
        return HttpResponse(pdf.write(report), content_type="application/pdf")


class ExportView(DeliveryApi):
    """Everything that the report is reckoned from."""

    @extend_schema(
        parameters=[DRAFT],
        responses={(200, "application/x-ndjson"): OpenApiTypes.BINARY},
        operation_id="deliveries_export",
    )
    def get(self, request: Request, project_id: UUID, number: int) -> StreamingHttpResponse:
        """One JSON object a line: `kind` is delivery, annotator, question, model,
        reviewer_check, gold or task."""
        rows = delivery_export.records(self.settled(request, project_id, number))
        lines = ((json.dumps(row, ensure_ascii=False) + "\n").encode() for row in rows)
        return StreamingHttpResponse(lines, content_type="application/x-ndjson")
