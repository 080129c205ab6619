"""How a project is matched: steered, tried without consequences, forecast."""

import re
from collections.abc import Mapping
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.actions import matching_fields, steering
from tasks.api.matching_shapes import (
    DryRunOut,
    ForecastIn,
    ForecastOut,
    SteeringIn,
    WeighedIn,
)
from tasks.api.projects import ProjectApi
from tasks.api.serializers import ProjectOut
from tasks.selectors import dry_run, forecast, weights

_WHOLE = re.compile(r"[0-9]{1,18}\Z")


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


class DryRunView(ProjectApi):
    """Other weights, tried without consequences."""

    scopes = {"GET": "projects:read", "POST": "projects:read"}

    @extend_schema(responses=DryRunOut, operation_id="matching_preview")
    def get(self, request: Request, project_id: UUID) -> Response:
        """The project under its own weights."""
        row = self.project(project_id)
        return Response(DryRunOut(dry_run.of(row, weights.of(row))).data)

    @extend_schema(request=WeighedIn, responses=DryRunOut, operation_id="matching_try")
    def post(self, request: Request, project_id: UUID) -> Response:
        """The project under a preset or under weights, beside what it has; nothing is kept."""
        row = self.project(project_id)
        wanted = matching_fields.read_weights(WeighedIn.read(request))
        return Response(DryRunOut(dry_run.of(row, wanted)).data)


class ForecastView(ProjectApi):
    """Who could do the project, and in how many days; for drafts too."""

    scopes = {"GET": "projects:read"}

    @extend_schema(parameters=[ForecastIn], responses=ForecastOut, operation_id="forecast")
    def get(self, request: Request, project_id: UUID) -> Response:
        """Counts and days; of nobody by name."""
        asked = ForecastIn(data=_numbers(request.query_params))
        asked.is_valid(raise_exception=True)
        found = forecast.of(
            self.project(project_id), more_tasks=asked.validated_data["tasks"], rules=True
        )
        return Response(ForecastOut(found).data)


def _numbers(asked: Mapping[str, str]) -> dict[str, str | int]:
    """Texts of a query that are whole numbers, as such."""
    return {name: int(text) if _WHOLE.match(text) else text for name, text in asked.items()}
