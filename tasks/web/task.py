"""The task page: read, answer, save, extend, give back, hand in."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.web.actors import request_actor
from marketplace.core.clock import now
from marketplace.core.errors import NotFound, Refused
from tasks.actions import assignments, claims, heartbeat, late, signs, submissions
from tasks.interface.form import AnswerForm, answer_form, answer_initial, draft_answer, form_answer
from tasks.models import Assignment
from tasks.selectors import history, work
from tasks.states import HELD, AssignmentState, SkipReason
from tasks.web.refusals import say

FENCE_DIGITS = 18  # a bigint has 19


def own(request: HttpRequest, assignment_id: UUID) -> Assignment:
    """One's own claim; 404 for another's and for none."""
    row = (
        Assignment.objects.visible_to(request_actor(request))
        .select_related("task", "project")
        .filter(pk=assignment_id)
        .first()
    )
    if row is None:
        raise NotFound("task")
    return row


def fence_of(request: HttpRequest) -> int:
    """The fencing token that the page carried; an impossible one where it is missing."""
    text = request.POST.get("fence", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < FENCE_DIGITS else 0


@require_http_methods(["GET", "POST"])
@login_required
def task(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """GET shows the task with the kept draft; POST hands in the answer."""
    row = own(request, assignment_id)
    page = work.page(row)
    if request.method == "POST":
        return _submit(request, page)
    if row.state not in (*HELD, AssignmentState.EXPIRED):
        return redirect("tasks:history_one", row.pk)
    form = answer_form(page.interface, page.payload, initial=answer_initial(page.answer))
    return _render(request, page, form)


def _submit(request: HttpRequest, page: work.WorkPage) -> HttpResponse:
    """A wrong answer comes back with its faults; a late one is kept and can be claimed again."""
    form = answer_form(page.interface, page.payload, data=request.POST)
    if not form.is_valid():
        return _incomplete(request, page, form)
    try:
        submissions.submit(
            assignment_id=page.assignment.pk,
            fence=fence_of(request),
            answer=form_answer(form),
            recorded=request.POST.get("signs", ""),
            by=request_actor(request),
        )
    except Refused as refusal:
        if refusal.code not in ("too_late", "called_off", "stale_claim", "invalid", "wrong_state"):
            raise
        return _refused(request, page, form, refusal)
    if history.trains(page.assignment):
        messages.success(request, _("Handed in. This was for training: compare the answers."))
        return redirect("tasks:history_one", page.assignment.pk)
    messages.success(request, _("Handed in. A reviewer looks at it next."))
    if "next" in request.POST:
        return _next_of(request, page)
    return redirect("tasks:work")


def _incomplete(request: HttpRequest, page: work.WorkPage, form: AnswerForm) -> HttpResponse:
    """The form with its faults; if the claim is over, what was written is kept as it is."""
    try:
        kept = late.keep_late(
            assignment_id=page.assignment.pk,
            fence=fence_of(request),
            answer=draft_answer(request.POST, page.interface),
            by=request_actor(request),
        )
    except Refused as refusal:
        return _refused(request, page, form, refusal)
    if not kept:
        return _render(request, page, form, status=422)
    return _over(request, page)


def _refused(
    request: HttpRequest, page: work.WorkPage, form: AnswerForm, refusal: Refused
) -> HttpResponse:
    form.add_error(None, refusal.message)
    now_page = work.page(own(request, page.assignment.pk))
    return _render(request, now_page, form, status=refusal.status)


def _over(request: HttpRequest, page: work.WorkPage) -> HttpResponse:
    """The page of a claim that is over: what was just kept, and the offer to claim again."""
    page = work.page(own(request, page.assignment.pk))
    written = answer_initial(draft_answer(request.POST, page.interface))
    form = answer_form(page.interface, page.payload, initial=written)
    return _render(request, page, form, status=409)


def _next_of(request: HttpRequest, page: work.WorkPage) -> HttpResponse:
    """Straight to the next task of the same project, if there is one."""
    try:
        claim = claims.claim(
            annotator_id=page.assignment.annotator_id,
            project_id=page.project.pk,
            by=request_actor(request),
        )
    except Refused as refusal:
        say(request, refusal)
        return redirect("tasks:work")
    return redirect("tasks:task", claim.pk)


def _render(
    request: HttpRequest, page: work.WorkPage, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    moment = now()
    live = page.assignment.state in HELD and page.assignment.leased_until > moment
    context: dict[str, Any] = {
        "page": page,
        "form": form,
        "live": live,
        "server_now": moment,
        "skip_reasons": SkipReason.choices,
    }
    return render(request, "tasks/task.html", context, status=status)


@require_POST
@login_required
def draft(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Keep what is written so far; answers with the sentence that says so."""
    row = own(request, assignment_id)
    page = work.page(row)
    try:
        saved = assignments.save_draft(
            assignment_id=row.pk,
            fence=fence_of(request),
            draft=draft_answer(request.POST, page.interface),
            by=request_actor(request),
        )
    except Refused as refusal:
        if "save" in request.POST and refusal.code == "too_late":
            return _over(request, page)
        context = {"refusal": refusal, "assignment": row}
        return render(request, "tasks/_draft.html", context, status=refusal.status)
    if "save" in request.POST:
        messages.success(request, _("Draft saved."))
        return redirect("tasks:task", row.pk)
    return render(request, "tasks/_draft.html", {"saved": saved})


@require_POST
@login_required
def beat(request: HttpRequest, assignment_id: UUID) -> JsonResponse:
    """The page is in use; answers with the time left, or (409) that the claim is over."""
    try:
        seen = heartbeat.beat(
            assignment_id=assignment_id, fence=fence_of(request), by=request_actor(request)
        )
    except Refused as refusal:
        body = {"code": refusal.code, "message": refusal.message}
        return JsonResponse(body, status=refusal.status)
    signs.beat(
        assignment_id=assignment_id,
        raw=request.POST.get("signs", ""),
        by=request_actor(request),
    )
    return JsonResponse(asdict(seen))


@require_POST
@login_required
def extend(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """More time, a limited number of times."""
    row = own(request, assignment_id)
    try:
        assignments.extend(
            assignment_id=row.pk,
            fence=fence_of(request),
            by=request_actor(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("You have more time."))
    return redirect("tasks:task", assignment_id)


@require_POST
@login_required
def release(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Give the task back for somebody else; without a reason, back to the page that asks for it."""
    row = own(request, assignment_id)
    try:
        assignments.release(
            assignment_id=row.pk,
            fence=fence_of(request),
            skip_reason=request.POST.get("skip_reason", ""),
            reason=request.POST.get("reason", "")[:200],
            by=request_actor(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("tasks:task", assignment_id)
    messages.success(request, _("You gave the task back."))
    return redirect("tasks:work")


@require_POST
@login_required
def reclaim(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Claim an expired task again while its slot is free; the draft comes along."""
    row = own(request, assignment_id)
    try:
        claim = claims.reclaim(assignment_id=row.pk, by=request_actor(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("tasks:task", assignment_id)
    messages.success(request, _("The task is yours again."))
    return redirect("tasks:task", claim.pk)
