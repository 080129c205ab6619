"""Projects: posted, changed while drafts, started and stopped."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.actors import Actor
from marketplace.core.api.pagination import Cursor
from marketplace.core.api.views import ApiView
from marketplace.core.errors import NotFound
from payments.selectors import balances
from tasks.actions import calling_off, funding, pricing, projects
from tasks.api.pay_shapes import PriceIn
from tasks.api.serializers import (
    ActivatedOut,
    ActivateIn,
    CancelIn,
    FundsIn,
    FundsOut,
    GuidelineIn,
    GuidelineOut,
    ProgressOut,
    ProjectIn,
    ProjectOut,
)
from tasks.models import Guideline, Project
from tasks.selectors import agreement, estimate, progress


class ProjectApi(ApiView):
    """A view of one of the key's projects."""

    def project(self, project_id: UUID) -> Project:
        """The project, or 404 whether it is unknown or another organization's."""
        row = Project.objects.visible_to(self.actor).filter(pk=project_id).first()
        if row is None:
            raise NotFound("project")
        return row


def _listed(actor: Actor) -> QuerySet[Project]:
    return Project.objects.visible_to(actor).prefetch_related("qualifications")


class ProjectsView(ApiView):
    """All projects of the organization."""

    scopes = {"GET": "projects:read", "POST": "projects:write"}

    @extend_schema(responses=ProjectOut(many=True), operation_id="projects_list")
    def get(self, request: Request) -> Response:
        """Newest first."""
        return Cursor.answer(self, _listed(self.actor), ProjectOut)

    @extend_schema(request=ProjectIn, responses={201: ProjectOut}, operation_id="projects_create")
    def post(self, request: Request) -> Response:
        """A draft; nothing is handed out before it is activated."""
        row = projects.create(
            organization_id=self.organization_id, fields=ProjectIn.read(request), by=self.actor
        )
        return Response(ProjectOut(row).data, status=201)


class ProjectView(ProjectApi):
    """One project."""

    scopes = {"GET": "projects:read", "PATCH": "projects:write"}

    @extend_schema(responses=ProjectOut, operation_id="projects_read")
    def get(self, request: Request, project_id: UUID) -> Response:
        """As it stands."""
        return Response(ProjectOut(self.project(project_id)).data)

    @extend_schema(
        request=ProjectIn(partial=True), responses=ProjectOut, operation_id="projects_update"
    )
    def patch(self, request: Request, project_id: UUID) -> Response:
        """Change a draft."""
        row = projects.update(
            project_id=self.project(project_id).pk,
            fields=ProjectIn.read(request, partial=True),
            by=self.actor,
        )
        return Response(ProjectOut(row).data)


class ActivateView(ProjectApi):
    """Start handing out tasks."""

    scopes = {"POST": "projects:write"}

    @extend_schema(request=ActivateIn, responses=ActivatedOut, operation_id="projects_activate")
    def post(self, request: Request, project_id: UUID) -> Response:
        """The active project; 409 or 422 with what is missing.

        409 `nobody_eligible` or `too_few_eligible`: too few experts can do it now. The answer says
        which rules exclude how many; `confirm` starts it all the same.
        """
        row = projects.activate(
            project_id=self.project(project_id).pk, by=self.actor, **ActivateIn.read(request)
        )
        found = estimate.of(row)
        told = {"text": estimate.reach(found), "covered": found.covered, "tasks": found.tasks}
        funding = {**told, "missing_minor": found.missing_minor}
        return Response({**ProjectOut(row).data, "funding": funding})


class PriceView(ProjectApi):
    """The prices of a project that runs."""

    scopes = {"POST": "projects:write"}

    @extend_schema(request=PriceIn, responses=ProjectOut, operation_id="projects_reprice")
    def post(self, request: Request, project_id: UUID) -> Response:
        """New prices for claims made from now on; annotators at work are told.

        What is claimed keeps its price. 409 for a draft, which is changed itself, and for a closed
        project; 422 with a pointer to each fault.
        """
        row = pricing.reprice(
            project_id=self.project(project_id).pk, fields=PriceIn.read(request), by=self.actor
        )
        return Response(ProjectOut(row).data)


class PauseView(ProjectApi):
    """Stop handing out tasks; what is claimed goes on."""

    scopes = {"POST": "projects:write"}

    @extend_schema(request=None, responses=ProjectOut, operation_id="projects_pause")
    def post(self, request: Request, project_id: UUID) -> Response:
        """The paused project."""
        row = projects.pause(project_id=self.project(project_id).pk, by=self.actor)
        return Response(ProjectOut(row).data)


class ResumeView(ProjectApi):
    """Hand out tasks again."""

    scopes = {"POST": "projects:write"}

    @extend_schema(request=None, responses=ProjectOut, operation_id="projects_resume")
    def post(self, request: Request, project_id: UUID) -> Response:
        """The active project."""
        row = projects.resume(project_id=self.project(project_id).pk, by=self.actor)
        return Response(ProjectOut(row).data)


class CloseView(ProjectApi):
    """End a project for good."""

    scopes = {"POST": "projects:write"}

    @extend_schema(request=None, responses=ProjectOut, operation_id="projects_close")
    def post(self, request: Request, project_id: UUID) -> Response:
        """The closed project."""
        row = projects.close(project_id=self.project(project_id).pk, by=self.actor)
        return Response(ProjectOut(row).data)


class CancelView(ProjectApi):
    """Call a project off."""

    scopes = {"POST": "projects:write"}

    @extend_schema(request=CancelIn, responses=ProjectOut, operation_id="projects_cancel")
    def post(self, request: Request, project_id: UUID) -> Response:
        """The closed project. Claims in hand end and are paid their kill fee; answers that are
        handed in are still judged and paid. 409 if it is cancelled already.
        """
        row = calling_off.cancel(
            project_id=self.project(project_id).pk, by=self.actor, **CancelIn.read(request)
        )
        return Response(ProjectOut(row).data)


class GuidelinesView(ProjectApi):
    """The versions of a project's instructions."""

    scopes = {"GET": "projects:read", "POST": "projects:write"}

    @extend_schema(responses=GuidelineOut(many=True), operation_id="guidelines_list")
    def get(self, request: Request, project_id: UUID) -> Response:
        """Oldest first."""
        rows = self.project(project_id).guidelines.all()
        return Response({"results": GuidelineOut(rows, many=True).data, "next": None})

    @extend_schema(
        request=GuidelineIn, responses={201: GuidelineOut}, operation_id="guidelines_create"
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        """A new version; claims made from now on are bound to it."""
        row: Guideline = projects.publish_guideline(
            project_id=self.project(project_id).pk, by=self.actor, **GuidelineIn.read(request)
        )
        return Response(GuidelineOut(row).data, status=201)


def _pot(row: Project) -> dict[str, Any]:
    pot = balances.pot(row.pot, row.currency)
    return {
        "currency": row.currency,
        "funds_minor": pot.funds_minor,
        "reserved_minor": pot.reserved_minor,
        "spent_minor": pot.spent_minor,
    }


class FundsView(ProjectApi):
    """The project's money."""

    scopes = {"GET": "money:read", "POST": "money:write"}

    @extend_schema(responses=FundsOut, operation_id="funds_read")
    def get(self, request: Request, project_id: UUID) -> Response:
        """Free, promised and spent."""
        return Response(_pot(self.project(project_id)))

    @extend_schema(request=FundsIn, responses={201: FundsOut}, operation_id="funds_allocate")
    def post(self, request: Request, project_id: UUID) -> Response:
        """Give prepaid money to the project; 409 when there is not enough, or it is closed."""
        row = funding.allocate(
            project_id=self.project(project_id).pk, by=self.actor, **FundsIn.read(request)
        )
        return Response(_pot(row), status=201)


class TakeBackView(ProjectApi):
    """The project's free money, on its way back."""

    scopes = {"POST": "money:write"}

    @extend_schema(request=FundsIn, responses={201: FundsOut}, operation_id="funds_take_back")
    def post(self, request: Request, project_id: UUID) -> Response:
        """Move free funds, of a closed project too, back to prepaid money; 409 beyond what is free.

        What is promised to claims stays.
        """
        row = funding.take_back(
            project_id=self.project(project_id).pk, by=self.actor, **FundsIn.read(request)
        )
        return Response(_pot(row), status=201)


class ProgressView(ProjectApi):
    """How far a project is."""

    scopes = {"GET": "projects:read"}

    @extend_schema(responses=ProgressOut, operation_id="progress")
    def get(self, request: Request, project_id: UUID) -> Response:
        """Counts, money, and how far annotators agree (at most five minutes old)."""
        row = self.project(project_id)
        told = replace(progress.project(row.pk), agreement=agreement.of_project(row))
        return Response(ProgressOut(told).data)
