"""A project's paid items, for its client."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.web.actors import request_actor
from marketplace.core.errors import NotFound
from payments.selectors import items
from tasks.models import Project
from tasks.selectors import item_tasks

PAGE = 50


@require_GET
@login_required
def rows(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Each item with price, fee, pay and its parts, the newest first."""
    project = Project.objects.visible_to(request_actor(request)).filter(pk=project_id).first()
    if project is None:
        raise NotFound("project")
    pages = Paginator(items.of_pot(project.pot).order_by("-id"), PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {"project": project, "page": page, "rows": item_tasks.told(page)}
    return render(request, "tasks/client_items.html", context)
