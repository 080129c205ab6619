"""What the task page records, told to everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tasks.selectors import signs


@require_safe
def told(request: HttpRequest) -> HttpResponse:
    """What is recorded, what for, and what it can never do."""
    return render(request, "tasks/signs_told.html", {"signs": signs.told()})
