"""Approvals by the thousand: the answers that wait, all accepted in one call, and how far it is."""

from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.pagination import Cursor
from marketplace.core.api.serializers import StrictSerializer
from marketplace.core.errors import NotFound
from tasks.actions import approvals
from tasks.api.projects import ProjectApi
from tasks.models import BulkApproval, BulkApprovalItem, Submission
from tasks.selectors import approvals as reading


class WaitingOut(serializers.ModelSerializer[Submission]):
    """An answer that waits for its verdict; `annotator` is a pseudonym."""

    task_id = serializers.UUIDField()
    external_id = serializers.CharField(source="task.external_id")
    annotator = serializers.UUIDField(source="annotator.pseudonym")
    answer = serializers.DictField()
    accept_at = serializers.DateTimeField(
        source="assignment.accept_at",
        help_text="When it is accepted by itself, unless a verdict comes first.",
    )

    class Meta:
        model = Submission
        fields = [
            "id",
            "task_id",
            "external_id",
            "annotator",
            "version",
            "answer",
            "submitted_at",
            "accept_at",
        ]
        read_only_fields = fields


class ApprovalIn(StrictSerializer):
    """The ids of the answers to accept."""

    submissions = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=approvals.MOST
    )


class RefusedOut(serializers.ModelSerializer[BulkApprovalItem]):
    """An answer that was not accepted: `already_accepted`, `in_review` (a reviewer has it in hand),
    `not_latest` (a newer version waits) or `wrong_state`."""

    submission = serializers.UUIDField(source="submission_id")

    class Meta:
        model = BulkApprovalItem
        fields = ["submission", "reason"]
        read_only_fields = fields


class ApprovalOut(serializers.Serializer[reading.Progress]):
    """How far it is: `running`, or `done` once nothing waits."""

    id = serializers.UUIDField(source="approval.pk")
    state = serializers.ChoiceField(choices=["running", "done"])
    total = serializers.IntegerField(source="approval.total")
    done = serializers.IntegerField()
    refused = RefusedOut(many=True)
    made_at = serializers.DateTimeField(source="approval.made_at")
    finished_at = serializers.DateTimeField(source="approval.finished_at", allow_null=True)


class WaitingView(ProjectApi):
    """The answers of a project that wait for a verdict."""

    scopes = {"GET": "results:read"}

    @extend_schema(responses=WaitingOut(many=True), operation_id="submissions_waiting")
    def get(self, request: Request, project_id: UUID) -> Response:
        """Newest first."""
        return Cursor.answer(self, reading.waiting(self.project(project_id)), WaitingOut)


class ApprovalsView(ProjectApi):
    """Answers accepted together, without a review."""

    scopes = {"POST": "projects:write"}

    @extend_schema(
        request=ApprovalIn, responses={202: ApprovalOut}, operation_id="approvals_create"
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        """Up to 10,000 answers that wait; each is paid. `Location` says how far it is."""
        row = approvals.ask(
            project_id=self.project(project_id).pk,
            submission_ids=ApprovalIn.read(request)["submissions"],
            by=self.actor,
        )
        where = reverse("tasks_api:approval", args=[project_id, row.pk])
        body = ApprovalOut(reading.progress(row)).data
        return Response(body, status=202, headers={"Location": where})


class ApprovalView(ProjectApi):
    """One bulk approval."""

    scopes = {"GET": "projects:read"}

    @extend_schema(responses=ApprovalOut, operation_id="approvals_read")
    def get(self, request: Request, project_id: UUID, approval_id: UUID) -> Response:
        """How far it is, and what was refused."""
        rows = BulkApproval.objects.visible_to(self.actor).filter(project=project_id)
        row = rows.filter(pk=approval_id).first()
        if row is None:
            raise NotFound("approval")
        return Response(ApprovalOut(reading.progress(row)).data)
