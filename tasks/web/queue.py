"""The work list: what there is to do, for what pay, and what one has in hand."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.web.actors import annotator_of, request_actor
from marketplace.core.actors import Actor
from marketplace.core.clock import now
from marketplace.core.errors import NotFound, Refused
from marketplace.core.ids import new_id
from payments.selectors import rails
from tasks.actions import claims
from tasks.models import Assignment
from tasks.selectors import eligibility, misses, offers, work
from tasks.states import HELD
from tasks.web.refusals import say

LONGEST_KEY = 64


@require_GET
@login_required
def work_list(request: HttpRequest) -> HttpResponse:
    """Claims in hand first, then the projects with open tasks, then what is not open yet."""
    annotator = annotator_of(request)
    if annotator is None:
        return redirect("accounts:profile")
    context = {
        "held": work.held(annotator.pk),
        "openings": work.openings(annotator.pk),
        "asked": offers.out(annotator.pk).count(),
        "caps": {one.rule.code: one.fact for one in eligibility.of_moment(annotator.pk)},
        "misses": misses.near(annotator.pk),
        "rail": rails.of(annotator),
        "server_now": now(),
        "key": new_id(),
    }
    return render(request, "tasks/work_list.html", context)


@require_POST
@login_required
def take_next(request: HttpRequest, project_id: UUID | None = None) -> HttpResponse:
    """Claim the next task, of one project or of any.

    Back to the list with the reason when there is none, and when to ask again. The page's `key`
    makes a second click the same claim.
    """
    actor = request_actor(request)
    try:
        claim = _next(actor, project_id, request.POST.get("key", "")[:LONGEST_KEY])
    except NotFound:
        return redirect("accounts:profile")
    except Refused as refusal:
        say(request, refusal)
        return redirect("tasks:work")
    return redirect("tasks:task", claim.pk)


def _next(actor: Actor, project_id: UUID | None, key: str) -> Assignment:
    """A key whose claim is in hand is a second click; one whose claim is over comes from a page
    that the browser kept, and asks for another task.
    """
    claim = claims.claim(by=actor, project_id=project_id, claim_id=claims.named(by=actor, key=key))
    if claim.state in HELD:
        return claim
    return claims.claim(by=actor, project_id=project_id)
