"""The review desk: one submission after another, each with its verdict and reason."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.selectors.actors import of_staff
from accounts.selectors.reviewers import reviewer as reviewer_of
from marketplace.core.admin import ReadOnlyAdmin
from marketplace.core.errors import NotFound, Refused
from tasks.actions import reviews
from tasks.actions.verdict_checks import verdicts_for
from tasks.interface.form import AnswerForm, answer_form, answer_initial, form_answer
from tasks.interface.verdict_form import VerdictForm
from tasks.models import Review, ReviewRequest
from tasks.selectors import review_queue, reviewable, reviewer_rates
from tasks.states import RejectionCategory, Verdict


def reviewer(request: HttpRequest) -> User:
    """Who is signed in; the admin site has checked that it is staff."""
    if not isinstance(request.user, User):
        raise NotFound("page")
    return request.user


VERDICTS = [
    (Verdict.ACCEPT, gettext_lazy("Accept")),
    (Verdict.FIX, gettext_lazy("Fix: accept with your edit")),
    (Verdict.RETURN, gettext_lazy("Return for correction")),
    (Verdict.REJECT, gettext_lazy("Reject")),
]


def _edit(page: review_queue.ReviewPage, posted: Any) -> AnswerForm:
    """The answer to edit: what the reviewer made of it if they fix it, else as it was handed in."""
    fixes = posted is not None and posted.get("verdict") == Verdict.FIX
    return answer_form(
        page.interface,
        page.payload,
        data=posted if fixes else None,
        initial=answer_initial(page.judged),
    )


@admin.register(ReviewRequest)
class ReviewRequestAdmin(ReadOnlyAdmin):
    """What is wanted of reviewers, and why: for those who oversee them, not for the desk."""

    list_display = ["task", "project", "kind", "level", "state", "due_at", "created_at"]
    list_filter = ["kind", "state", "level"]
    list_select_related = ["task", "project"]
    show_full_result_count = False


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """Verdicts so far, and the desk on which they are made."""

    change_list_template = "tasks/desk/review_changelist.html"
    list_display = ["task", "kind", "verdict", "category", "reviewer", "decided_at"]
    list_filter = ["kind", "verdict", "category"]
    list_select_related = ["task", "reviewer"]
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """The desk's pages before the list's."""
        wrap = self.admin_site.admin_view
        return [
            path("desk/", wrap(self.desk), name="tasks_review_desk"),
            path("reviewers/", wrap(self.reviewers), name="tasks_review_reviewers"),
            path("desk/next/", wrap(self.take_next), name="tasks_review_next"),
            path("desk/<uuid:review_assignment_id>/", wrap(self.one), name="tasks_review_one"),
            path(
                "desk/<uuid:review_assignment_id>/release/",
                wrap(self.release),
                name="tasks_review_release",
            ),
            *super().get_urls(),
        ]

    def desk(self, request: HttpRequest) -> HttpResponse:
        """What waits, what this reviewer has open, and their last verdicts."""
        user = reviewer(request)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Review desk"),
            "waiting": reviewable.waiting(reviewer_of(user=user, by=of_staff(user))),
            "open": review_queue.open_for(user),
            "recent": review_queue.recent(user),
        }
        return TemplateResponse(request, "tasks/desk/review_desk.html", context)

    def reviewers(self, request: HttpRequest) -> HttpResponse:
        """Who reviewed lately, and how well they find what is wrong and spare what is right."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Reviewers"),
            "rows": reviewer_rates.everybody(),
        }
        return TemplateResponse(request, "tasks/desk/reviewers.html", context)

    def take_next(self, request: HttpRequest) -> HttpResponse:
        """Claim the submission that has waited longest, or go back to the desk when none waits."""
        if request.method != "POST":
            return redirect("admin:tasks_review_desk")
        user = reviewer(request)
        try:
            claim = reviews.claim_next(by=of_staff(user), user=user)
        except Refused as refusal:
            messages.info(request, refusal.message)
            return redirect("admin:tasks_review_desk")
        return redirect("admin:tasks_review_one", claim.pk)

    def one(self, request: HttpRequest, review_assignment_id: UUID) -> HttpResponse:
        """The answer beside its task; a verdict leads to the next submission."""
        user = reviewer(request)
        page = review_queue.page(user, review_assignment_id)
        posted = request.POST if request.method == "POST" else None
        form = VerdictForm(
            verdicts=[one for one in VERDICTS if one[0] in verdicts_for(page.claim)],
            categories=RejectionCategory.choices,
            rubric=page.project.review_rubric,
            data=posted,
            initial={"fence": page.claim.fence},
        )
        edit = _edit(page, posted)
        if posted is not None and form.is_valid() and (edit.is_valid() or not edit.is_bound):
            try:
                reviews.decide(
                    review_assignment_id=review_assignment_id,
                    answer=form_answer(edit) if edit.is_bound else None,
                    by=of_staff(user),
                    **form.said(),
                )
            except Refused as refusal:
                form.blame(refusal.message, [(f.pointer, f.detail) for f in refusal.faults])
            else:
                messages.success(request, _("The verdict is kept."))
                return self.take_next(request)
        return self._render(request, page, form, edit)

    def _render(
        self, request: HttpRequest, page: Any, form: VerdictForm, edit: AnswerForm
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Review a submission"),
            "page": page,
            "form": form,
            "edit": edit,
        }
        return TemplateResponse(request, "tasks/desk/review_one.html", context)

    def release(self, request: HttpRequest, review_assignment_id: UUID) -> HttpResponse:
        """Give the submission back to the queue."""
        if request.method == "POST":
            user = reviewer(request)
            try:
                reviews.release(review_assignment_id=review_assignment_id, by=of_staff(user))
            except Refused as refusal:
                messages.error(request, refusal.message)
        return redirect("admin:tasks_review_desk")
