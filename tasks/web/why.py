"""Why a project or a task is open to an annotator, or not: every rule, and what would change it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.web.actors import annotator_of
from marketplace.core.errors import NotFound
from tasks.selectors import explain, misses, told
from tasks.web.task import own


@require_GET
@login_required
def project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """All rules of a project that the annotator has claimed in, or that lies in a domain of theirs;
    any other one is not found."""
    annotator = annotator_of(request)
    if annotator is None or not misses.visible(annotator.pk, project_id):
        raise NotFound("project")
    return _page(request, explain.why_not(annotator.pk, project_id))


@require_GET
@login_required
def task(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """The same for the task of a claim of one's own, which may be over."""
    row = own(request, assignment_id)
    return _page(request, explain.why_not(row.annotator_id, row.project_id, row.task_id))


def _page(request: HttpRequest, why: explain.WhyNot) -> HttpResponse:
    rules = told.expert(why)
    context = {
        "name": told.name(why.project, why.findings),
        "project": why.project,
        "of_task": why.task is not None,
        "broken": [one for one in rules if not one.holds],
        "met": [one for one in rules if one.holds],
    }
    return render(request, "tasks/why.html", context)
