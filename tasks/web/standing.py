"""How one stands: one's skills with all that moved them, and what was done against one."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.web.actors import annotator_of
from marketplace.core.errors import NotFound
from tasks.selectors import decisions, skill_history

PAGE = 25


@require_safe
@login_required
def skills(request: HttpRequest) -> HttpResponse:
    """Each estimate with its interval, and every event, the newest first."""
    annotator = annotator_of(request)
    if annotator is None:
        return redirect("accounts:profile")
    pages = Paginator(skill_history.events(annotator.pk), PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "estimates": skill_history.estimates(annotator.pk),
        "page": page,
        "rows": skill_history.rows(page),
    }
    return render(request, "tasks/skills.html", context)


@require_safe
@login_required
def acts(request: HttpRequest) -> HttpResponse:
    """What was done against one, the newest first."""
    annotator = annotator_of(request)
    if annotator is None:
        return redirect("accounts:profile")
    pages = Paginator(decisions.of_annotator(annotator.pk), PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {"page": page, "decisions": decisions.shown(page)}
    return render(request, "tasks/decisions.html", context)


@require_safe
@login_required
def act(request: HttpRequest, act_id: UUID) -> HttpResponse:
    """One act; others' are not found."""
    annotator = annotator_of(request)
    found = decisions.of_annotator(annotator.pk).filter(pk=act_id) if annotator else None
    if not found:
        raise NotFound("decision")
    (decision,) = decisions.shown(found)
    return render(request, "tasks/decision.html", {"decision": decision})
