"""The work list: what there is to do, for what pay, and what one has in hand."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.web.actors import annotator_of, request_actor
from marketplace.core.clock import now
from marketplace.core.errors import Refused
from payments.selectors import rails
from tasks.actions import claims
from tasks.selectors import work


@require_GET
@login_required
def work_list(request: HttpRequest) -> HttpResponse:
    """Claims in hand first, then the projects with open tasks."""
    annotator = annotator_of(request)
    if annotator is None:
        return redirect("accounts:profile")
    context = {
        "held": work.held(annotator.pk),
        "offers": work.offers(annotator.pk),
        "payable": rails.payable(annotator),
        "server_now": now(),
    }
    return render(request, "tasks/work_list.html", context)


@require_POST
@login_required
def take_next(request: HttpRequest, project_id: UUID | None = None) -> HttpResponse:
    """Claim the next task, of one project or of any.

    Back to the list with the reason when there is none.
    """
    annotator = annotator_of(request)
    if annotator is None:
        return redirect("accounts:profile")
    try:
        claim = claims.claim(
            annotator_id=annotator.pk, by=request_actor(request), project_id=project_id
        )
    except Refused as refusal:
        messages.info(request, refusal.message)
        return redirect("tasks:work")
    return redirect("tasks:task", claim.pk)
