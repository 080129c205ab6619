"""Gold: tasks whose answer the client knows, and how they are answered."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.pagination import Cursor
from tasks.actions import gold_marks
from tasks.api.gold_shapes import GoldIn, GoldOut
from tasks.api.projects import ProjectApi
from tasks.models import Gold


class GoldsView(ProjectApi):
    """The gold tasks of a project."""

    scopes = {"GET": "projects:read"}

    @extend_schema(responses=GoldOut(many=True), operation_id="gold_list")
    def get(self, request: Request, project_id: UUID) -> Response:
        """Newest first, each with its statistics."""
        rows = Gold.objects.visible_to(self.actor).filter(project=self.project(project_id))
        return Cursor.answer(self, rows.select_related("task"), GoldOut, ordering="-task_id")


class GoldView(ProjectApi):
    """What is known of one task."""

    scopes = {"PUT": "tasks:write", "DELETE": "tasks:write"}

    @extend_schema(request=GoldIn, responses=GoldOut, operation_id="gold_put")
    def put(self, request: Request, project_id: UUID, task_id: UUID) -> Response:
        """Make an open task gold that nobody is at work on, or change what is known of a gold one.

        Once it was handed out only its explanation can be changed.
        """
        row = gold_marks.put(
            project_id=self.project(project_id).pk,
            task_id=task_id,
            known=request.data,
            by=self.actor,
        )
        return Response(GoldOut(row).data)

    @extend_schema(responses={204: None}, operation_id="gold_retire")
    def delete(self, request: Request, project_id: UUID, task_id: UUID) -> Response:
        """Retire it: open again if nobody was ever given it, else cancelled."""
        gold_marks.retire(project_id=self.project(project_id).pk, task_id=task_id, by=self.actor)
        return Response(status=204)
