"""What a language model said to a task, given by its client so that near copies are noticed."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.serializers import StrictSerializer
from tasks.actions import near_texts
from tasks.api.projects import ProjectApi


class ModelAnswersIn(StrictSerializer):
    """All of a task's model answers; they replace those it had. No annotator is shown them."""

    texts = serializers.ListField(child=serializers.CharField())


class ModelAnswersOut(serializers.Serializer[object]):
    """How many are kept."""

    kept = serializers.IntegerField()


class ModelAnswersView(ProjectApi):
    """The model answers of a task."""

    scopes = {"PUT": "tasks:write"}

    @extend_schema(
        request=ModelAnswersIn, responses=ModelAnswersOut, operation_id="model_answers_put"
    )
    def put(self, request: Request, project_id: UUID, task_id: UUID) -> Response:
        """At most 10 texts. Answers that are checked from now on are compared with them; one that
        is nearly the same is likelier to be reviewed.
        """
        kept = near_texts.set_model_answers(
            project_id=self.project(project_id).pk,
            task_id=task_id,
            by=self.actor,
            **ModelAnswersIn.read(request),
        )
        return Response({"kept": kept})
