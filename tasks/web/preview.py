"""A client's projects, and how their tasks look to an annotator."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.web.actors import request_actor
from accounts.web.client import chosen
from marketplace.core.errors import NotFound
from payments.selectors import freezes
from tasks.models import Project
from tasks.selectors import explain, pay_words, preview, told


@require_GET
@login_required
def projects(request: HttpRequest) -> HttpResponse:
    """The projects of one of the viewer's organizations, newest first."""
    organization = chosen(request)
    rows = Project.objects.visible_to(request_actor(request)).filter(organization=organization)
    rows = rows.order_by("-id")
    pay = pay_words.of_projects(rows)
    listed = [(row, pay[row.pk]) for row in rows]
    context = {"organization": organization, "projects": listed}
    return render(request, "tasks/client_projects.html", context)


@require_GET
@login_required
def project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The project as its client sees it: state, money, progress, and its tasks to preview."""
    row = Project.objects.visible_to(request_actor(request)).filter(pk=project_id).first()
    if row is None:
        raise NotFound("project")
    frozen = freezes.is_frozen(row.organization_id)
    context = {"page": preview.overview(row), "frozen": frozen}
    return render(request, "tasks/client_project.html", context)


@require_GET
@login_required
def who(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """How many experts could do the project, and how many each rule keeps from it."""
    row = Project.objects.visible_to(request_actor(request)).filter(pk=project_id).first()
    if row is None:
        raise NotFound("project")
    numbers = told.client(explain.who_could(row.pk))
    return render(request, "tasks/client_who.html", {"project": row, "numbers": numbers})


@require_GET
@login_required
def task(request: HttpRequest, project_id: UUID, task_id: UUID) -> HttpResponse:
    """One task exactly as an annotator sees it; nothing here can be handed in."""
    row = Project.objects.visible_to(request_actor(request)).filter(pk=project_id).first()
    if row is None:
        raise NotFound("project")
    page = preview.task(row, task_id)
    return render(request, "tasks/preview.html", {"page": page, "form": page.form})
