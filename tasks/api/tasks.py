"""Tasks in, results out."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.pagination import Cursor
from marketplace.core.api.parsers import NdjsonParser, StrictJSONParser
from marketplace.core.errors import Fault, invalid
from tasks.actions import calling_off, intake
from tasks.api.projects import ProjectApi
from tasks.api.serializers import BatchOut, CancelIn, TaskIn, TaskOut
from tasks.models import Task
from tasks.selectors import delivery


class TasksView(ProjectApi):
    """The tasks of a project."""

    scopes = {"GET": "projects:read", "POST": "tasks:write"}
    parser_classes = [StrictJSONParser, NdjsonParser]

    @extend_schema(responses=TaskOut(many=True), operation_id="tasks_list")
    def get(self, request: Request, project_id: UUID) -> Response:
        """Newest first."""
        rows = Task.objects.visible_to(self.actor).filter(project=self.project(project_id))
        return Cursor.answer(self, rows, TaskOut)

    @extend_schema(
        request={
            "application/json": TaskIn(many=True),
            "application/x-ndjson": OpenApiTypes.BINARY,
        },
        responses={201: BatchOut},
        operation_id="tasks_create",
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        """One batch, a JSON list or one JSON object a line.

        All rows are stored, or none and each fault is named.
        """
        batch = intake.post_tasks(
            project_id=self.project(project_id).pk, rows=_rows(request.data), by=self.actor
        )
        return Response({"batch_id": str(batch.pk), "tasks": batch.size}, status=201)


def _rows(data: Any) -> Iterator[tuple[int, object | Fault]]:
    """The parsed body as rows numbered from 0: a JSON list, or the lines of a stream.

    A line keeps its place when blank lines stand before it: "/2" is line 3 of the file. One that
    could not be read stays a fault of its row. Refuses any other JSON body.
    """
    if isinstance(data, list):
        yield from enumerate(data)
    elif isinstance(data, Iterator):
        for line in data:
            yield line.number - 1, line.fault or line.value
    else:
        raise invalid("Send a list of tasks.", [Fault("", "This is not a list.")])


class WithdrawView(ProjectApi):
    """Take one task out of the work."""

    scopes = {"POST": "tasks:write"}

    @extend_schema(request=CancelIn, responses=TaskOut, operation_id="tasks_withdraw")
    def post(self, request: Request, project_id: UUID, task_id: UUID) -> Response:
        """The task, handed out no more. Claims in hand end and are paid their kill fee; answers
        that are handed in are still judged and paid. 409 if it takes no more answers already.
        """
        row = calling_off.withdraw_task(
            project_id=self.project(project_id).pk,
            task_id=task_id,
            by=self.actor,
            **CancelIn.read(request),
        )
        return Response(TaskOut(row).data)


class ResultsView(ProjectApi):
    """The answers a project is delivered with."""

    scopes = {"GET": "results:read"}

    @extend_schema(
        responses={(200, "application/x-ndjson"): OpenApiTypes.BINARY}, operation_id="results"
    )
    def get(self, request: Request, project_id: UUID) -> StreamingHttpResponse:
        """One JSON object a line for each concluded task, with its provenance."""
        rows = delivery.results(self.project(project_id).pk)
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return StreamingHttpResponse(
            (line.encode() for line in lines), content_type="application/x-ndjson"
        )
