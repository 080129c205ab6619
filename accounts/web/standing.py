"""How an annotator stands: tier, qualifications, pauses; each with its reason."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.actions.pauses import where
from accounts.selectors import pauses, qualifications
from accounts.web.actors import annotator_of


@login_required
@require_safe
def standing(request: HttpRequest) -> HttpResponse:
    """What one was granted, where one is paused and why."""
    annotator = annotator_of(request)
    if annotator is None:
        return redirect("accounts:profile")
    context = {
        "annotator": annotator,
        "grants": qualifications.granted_to(annotator.pk),
        "pauses": [(row, where(row)) for row in pauses.of(annotator.pk)],
    }
    return render(request, "accounts/qualifications.html", context)
