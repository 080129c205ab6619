"""Offers: what an annotator was asked to do, to accept or to decline."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.web.actors import annotator_of, request_actor
from marketplace.core.clock import now
from marketplace.core.errors import Refused
from payments.selectors import rails
from tasks.actions import offers
from tasks.selectors import offers as reading
from tasks.states import DeclineReason
from tasks.web.refusals import say


@require_GET
@login_required
def offer_list(request: HttpRequest) -> HttpResponse:
    """The offers that may still be accepted, the one that ends first before others."""
    annotator = annotator_of(request)
    if annotator is None:
        return redirect("accounts:profile")
    context = {
        "offers": reading.shown(annotator),
        "reasons": DeclineReason.choices,
        "rail": rails.of(annotator),
        "server_now": now(),
    }
    return render(request, "tasks/offers.html", context)


@require_POST
@login_required
def accept(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Claim the offered task and open it; back to the list with the reason when that fails."""
    try:
        claim = offers.accept(offer_id=offer_id, by=request_actor(request))
    except Refused as refusal:
        return _back(request, refusal)
    return redirect("tasks:task", claim.pk)


@require_POST
@login_required
def decline(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Say no, with a reason."""
    reason = request.POST.get("reason", "")
    try:
        offers.decline(offer_id=offer_id, reason=reason, by=request_actor(request))
    except Refused as refusal:
        return _back(request, refusal)
    messages.success(request, _("Declined. It counts against nobody."))
    return redirect("tasks:offers")


def _back(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """To the list with the reason; what is not theirs is not there (404)."""
    if refusal.code == "not_found":
        raise refusal
    say(request, refusal)
    return redirect("tasks:offers")
