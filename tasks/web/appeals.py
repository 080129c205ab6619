"""Appeals: one's own, and the forms against a rejection and against an event of a skill."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.web.actors import annotator_of, request_actor
from accounts.web.forms import show
from marketplace.core.errors import NotFound, Refused
from tasks.actions import appeals
from tasks.models import SkillEvent
from tasks.selectors import appeals as reads
from tasks.selectors import history, skill_history
from tasks.web.task import own

PAGE = 25


class AppealForm(forms.Form):
    """Why the decision is wrong."""

    text = forms.CharField(
        label=gettext_lazy("Why is it wrong?"),
        help_text=gettext_lazy("40 to 4000 characters."),
        # The action counts, so that a text that is too short is not lost in a browser's bubble.
        widget=forms.Textarea({"rows": 5}),
    )


@require_safe
@login_required
def rows(request: HttpRequest) -> HttpResponse:
    """One's appeals, the newest first."""
    annotator = annotator_of(request)
    if annotator is None:
        return redirect("accounts:profile")
    pages = Paginator(reads.of_annotator(annotator.pk), PAGE)
    page = pages.get_page(request.GET.get("page"))
    return render(request, "tasks/appeals.html", {"page": page})


@require_POST
@login_required
def of_rejection(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Appeal a rejected answer; a refusal comes back on its page with the text kept."""
    row = own(request, assignment_id)
    form = AppealForm(request.POST)
    if form.is_valid():
        try:
            appeals.against_rejection(
                assignment_id=row.pk, text=form.cleaned_data["text"], by=request_actor(request)
            )
        except Refused as refused:
            show(form, refused)
        else:
            return _opened(request)
    context = {"page": history.one(row), "standing": reads.of_assignment(row), "form": form}
    return render(request, "tasks/history_one.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def of_event(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """One event of one's skill; a POST appeals it. Others' events are not found, nor
    those of today.
    """
    shown = SkillEvent.objects.visible_to(request_actor(request)).filter(
        at__lt=skill_history.midnight()
    )
    found = shown.filter(pk=event_id).first()
    annotator = annotator_of(request)
    if found is None or annotator is None or found.annotator_id != annotator.pk:
        raise NotFound("skill event")
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            appeals.against_event(
                event_id=found.pk, text=form.cleaned_data["text"], by=request_actor(request)
            )
        except Refused as refused:
            show(form, refused)
        else:
            return _opened(request)
    (row,) = skill_history.rows(skill_history.events(annotator.pk).filter(pk=found.pk))
    context = {"row": row, "standing": reads.of_event(row.event), "form": form}
    return render(request, "tasks/skill_event.html", context, status=422 if form.errors else 200)


def _opened(request: HttpRequest) -> HttpResponse:
    messages.success(
        request, _("Somebody else judges it within 72 hours. If nobody does, you win.")
    )
    return redirect("tasks:appeals")
