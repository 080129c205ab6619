"""How a project is matched: steered, tried without consequences, forecast."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.actions import steering
from tasks.api.matching_shapes import SteeringIn
from tasks.api.projects import ProjectApi
from tasks.api.serializers import ProjectOut


class MatchingView(ProjectApi):
    """What may change while annotators are at work."""

    scopes = {"PATCH": "projects:write"}

    @extend_schema(
        request=SteeringIn(partial=True), responses=ProjectOut, operation_id="matching_update"
    )
    def patch(self, request: Request, project_id: UUID) -> Response:
        """Weights, caps, the deadline, push, the newcomers' share; the matching follows at once."""
        row = steering.steer(
            project_id=self.project(project_id).pk,
            fields=SteeringIn.read(request, partial=True),
            by=self.actor,
        )
        return Response(ProjectOut(row).data)
