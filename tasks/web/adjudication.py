"""The desk of qualified adjudicators: one dispute at a time, with all that was said about it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.selectors.reviewers import reviewer
from accounts.web.actors import annotator_of, request_actor
from accounts.web.forms import show
from marketplace.core.clock import now
from marketplace.core.errors import NotFound, Refused
from tasks.actions import adjudication_claims
from tasks.interface.form import answer_form, form_answer
from tasks.selectors import disputes
from tasks.states import ReviewLevel
from tasks.web.task import fence_of


class ReasonForm(forms.Form):
    """Why the answer is this one."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("What decides it, and what the other answers miss."),
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
    )


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound("page")
    return request.user


@require_safe
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, and what is in hand."""
    if annotator_of(request) is None:
        return redirect("accounts:profile")
    who = reviewer(user=_person(request), by=request_actor(request))
    context = {
        "qualified": max(who.levels.values(), default=0) >= ReviewLevel.ADJUDICATOR,
        "waiting": len(disputes.open_to(who)),
        "held": disputes.in_hand(who.user),
        "server_now": now(),
    }
    return render(request, "tasks/adjudications.html", context)


@require_POST
@login_required
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim what has waited longest, or back to the desk with the reason why there is nothing."""
    try:
        adjudication_claims.claim_next(by=request_actor(request), user=_person(request))
    except Refused as refusal:
        messages.info(request, refusal.message)
        return redirect("tasks:adjudications")
    return redirect("tasks:adjudicate")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def one(request: HttpRequest) -> HttpResponse:
    """The dispute in hand; a POST decides it. What was written comes back with a refusal."""
    claim = disputes.in_hand(_person(request))
    if claim is None:
        messages.info(request, _("You have no dispute in hand."))
        return redirect("tasks:adjudications")
    page = disputes.page(claim.task_id)
    posted = request.POST if request.method == "POST" else None
    answer = answer_form(page.interface, page.payload, data=posted)
    reason = ReasonForm(posted, label_suffix="")
    if posted is not None and answer.is_valid() and reason.is_valid():
        try:
            adjudication_claims.decide(
                claim_id=claim.pk,
                fence=fence_of(request),
                answer=form_answer(answer),
                reason=reason.cleaned_data["reason"],
                by=request_actor(request),
                user=_person(request),
            )
        except Refused as refusal:
            show(reason, refusal)
        else:
            messages.success(request, _("The task is concluded with this answer."))
            return redirect("tasks:adjudications")
    context = {"page": page, "claim": claim, "answer": answer, "reason": reason}
    context["server_now"] = now()
    status = 422 if posted is not None else 200
    return render(request, "tasks/adjudicate.html", context, status=status)


@require_POST
@login_required
def release(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Give the dispute back."""
    adjudication_claims.release(claim_id=claim_id, by=request_actor(request))
    messages.info(request, _("Somebody else decides this one."))
    return redirect("tasks:adjudications")
