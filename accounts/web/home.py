"""The first page: each person is led to their part of the site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.selectors import invitations, people


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One part: go there. None or several: choose. Not signed in: what this is."""
    if not isinstance(request.user, User):
        return render(request, "accounts/welcome.html")
    parts = people.parts(request.user)
    doors = {
        "admin:index": parts.staff,
        "tasks:work": parts.annotator,
        "accounts:client": parts.client,
    }
    own = [door for door, open_ in doors.items() if open_]
    if len(own) == 1:
        return redirect(own[0])
    return render(
        request,
        "accounts/choose.html",
        {"parts": parts, "invitations": invitations.for_user(request.user)},
    )
