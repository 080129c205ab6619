"""Looking back: every submission with its verdict and reason."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.web.actors import annotator_of
from tasks.selectors import appeals, history
from tasks.web.appeals import AppealForm
from tasks.web.task import own


@require_GET
@login_required
def rows(request: HttpRequest) -> HttpResponse:
    """The last claims and what became of them."""
    annotator = annotator_of(request)
    if annotator is None:
        return redirect("accounts:profile")
    return render(request, "tasks/history.html", {"rows": history.rows(annotator.pk)})


@require_GET
@login_required
def one(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """One task: each version handed in, with what the reviewer said of it."""
    row = own(request, assignment_id)
    standing = appeals.of_assignment(row)
    form = AppealForm() if standing.until else None
    context = {"page": history.one(row), "standing": standing, "form": form}
    return render(request, "tasks/history_one.html", context)
