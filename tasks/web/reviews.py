"""The desk of qualified annotators: what waits for them, one review after another."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.selectors.reviewers import reviewer
from accounts.web.actors import annotator_of, request_actor
from marketplace.core.clock import now
from marketplace.core.errors import NotFound, Refused
from tasks.actions import reviews
from tasks.actions.verdict_checks import verdicts_for
from tasks.interface.form import AnswerForm, answer_form, answer_initial, form_answer
from tasks.interface.verdict_form import VerdictForm
from tasks.selectors import review_queue, reviewable, reviewer_rates
from tasks.states import RejectionCategory, ReviewAssignmentState, Verdict
from tasks.web.task import fence_of

VERDICTS = [
    (Verdict.ACCEPT, gettext_lazy("Accept")),
    (Verdict.FIX, gettext_lazy("Fix: accept with your edit")),
    (Verdict.RETURN, gettext_lazy("Return for correction")),
    (Verdict.REJECT, gettext_lazy("Reject")),
]
# Beginnings, not reasons: the reviewer goes on in their own words.
PHRASES = [
    gettext_lazy("This part is missing: "),
    gettext_lazy("The guideline asks for "),
    gettext_lazy("This is not supported by the text: "),
    gettext_lazy("This is not correct, because "),
    gettext_lazy("What is good: "),
]


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound("page")
    return request.user


@require_GET
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """What waits, what is in hand, the last verdicts, and how well one finds what is wrong."""
    if annotator_of(request) is None:
        return redirect("accounts:profile")
    person = _person(request)
    who = reviewer(user=person, by=request_actor(request))
    context = {
        "qualified": who.qualified,
        "waiting": reviewable.waiting(who).count() if who.qualified else 0,
        "held": review_queue.open_for(person),
        "recent": review_queue.recent(person),
        "rates": reviewer_rates.of_oneself(person),
        "server_now": now(),
    }
    return render(request, "tasks/reviews.html", context)


@require_POST
@login_required
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim what comes first, or back to the list with the reason why there is nothing."""
    try:
        claim = reviews.claim_next(by=request_actor(request), user=_person(request))
    except Refused as refusal:
        messages.info(request, refusal.message)
        return redirect("tasks:reviews")
    return redirect("tasks:review", claim.pk)


@require_http_methods(["GET", "POST"])
@login_required
def one(request: HttpRequest, review_assignment_id: UUID) -> HttpResponse:
    """The answer beside its task; POST keeps the verdict and goes on to the next."""
    page = review_queue.page(_person(request), review_assignment_id)
    posted = request.POST if request.method == "POST" else None
    form = VerdictForm(
        verdicts=[one for one in VERDICTS if one[0] in verdicts_for(page.claim)],
        categories=RejectionCategory.choices,
        rubric=page.project.review_rubric,
        data=posted,
        initial={"fence": page.claim.fence},
    )
    edit = _edit(page, posted)
    if posted is None:
        return _render(request, page, form, edit)
    if not form.is_valid() or (edit.is_bound and not edit.is_valid()):
        return _render(request, page, form, edit, status=422)
    return _decide(request, page, form, edit)


def _edit(page: review_queue.ReviewPage, posted: Any) -> AnswerForm:
    """The answer to edit: what the reviewer made of it if they fix it, else as it was handed in."""
    fixes = posted is not None and posted.get("verdict") == Verdict.FIX
    return answer_form(
        page.interface,
        page.payload,
        data=posted if fixes else None,
        initial=answer_initial(page.judged),
    )


def _decide(
    request: HttpRequest, page: review_queue.ReviewPage, form: VerdictForm, edit: AnswerForm
) -> HttpResponse:
    try:
        reviews.decide(
            review_assignment_id=page.claim.pk,
            answer=form_answer(edit) if edit.is_bound else None,
            by=request_actor(request),
            **form.said(),
        )
    except Refused as refusal:
        form.blame(refusal.message, [(f.pointer, f.detail) for f in refusal.faults])
        return _render(request, page, form, edit, status=refusal.status)
    messages.success(request, _("The verdict is kept."))
    if "next" in request.POST:
        return take_next(request)
    return redirect("tasks:reviews")


def _render(
    request: HttpRequest,
    page: review_queue.ReviewPage,
    form: VerdictForm,
    edit: AnswerForm,
    *,
    status: int = 200,
) -> HttpResponse:
    moment = now()
    claimed = page.claim.state == ReviewAssignmentState.CLAIMED
    context: dict[str, Any] = {
        "page": page,
        "form": form,
        "edit": edit,
        "live": claimed and page.claim.leased_until > moment,
        "phrases": PHRASES,
        "server_now": moment,
    }
    return render(request, "tasks/review.html", context, status=status)


@require_POST
@login_required
def beat(request: HttpRequest, review_assignment_id: UUID) -> JsonResponse:
    """The time left, or (409) that the claim is over."""
    try:
        left = review_queue.seconds_left(_person(request), review_assignment_id, fence_of(request))
    except Refused as refusal:
        body = {"code": refusal.code, "message": refusal.message}
        return JsonResponse(body, status=refusal.status)
    return JsonResponse({"seconds_left": left})


@require_POST
@login_required
def extend(request: HttpRequest, review_assignment_id: UUID) -> HttpResponse:
    """More time, a limited number of times."""
    try:
        reviews.extend(
            review_assignment_id=review_assignment_id,
            fence=fence_of(request),
            by=request_actor(request),
        )
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("You have more time."))
    return redirect("tasks:review", review_assignment_id)


@require_POST
@login_required
def release(request: HttpRequest, review_assignment_id: UUID) -> HttpResponse:
    """Give the answer back to the queue."""
    try:
        reviews.release(review_assignment_id=review_assignment_id, by=request_actor(request))
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("You gave the review back."))
    return redirect("tasks:reviews")
