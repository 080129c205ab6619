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

LONGEST_NUMBER = 6


@require_GET
@login_required
def rows(request: HttpRequest) -> HttpResponse:
    """The claims and what became of them, a page at a time (`?page=`, from 1)."""
    annotator = annotator_of(request)
    if annotator is None:
        return redirect("accounts:profile")
    asked = request.GET.get("page", "")
    page = int(asked) if asked.isdecimal() and 0 < len(asked) <= LONGEST_NUMBER else 1
    page = max(page, 1)
    found = history.rows(annotator.pk, page=page)
    context = {
        "rows": found,
        "newer": page - 1,
        "older": page + 1 if len(found) == history.MOST_ROWS else None,
    }
    return render(request, "tasks/history.html", context)


@require_GET
@login_required
def one(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """One task: each version handed in, with what the reviewer said of it."""
    row = own(request, assignment_id)
    standing = appeals.of_assignment(row)
    form = AppealForm() if standing.until else None
    context = {"page": history.one(row), "standing": standing, "form": form}
    return render(request, "tasks/history_one.html", context)
