"""The annotator's own pages: profile, credentials, notices."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import credentials as acts
from accounts.actions import notices as telling
from accounts.actions import registration
from accounts.models import AnnotatorProfile, Credential, Notice, User
from accounts.web.actors import request_actor
from accounts.web.forms import CredentialForm, ProfileForm, show
from marketplace.core import files
from marketplace.core.errors import Refused

_NOTICES_SHOWN = 100


def _own(request: HttpRequest) -> AnnotatorProfile | None:
    rows = AnnotatorProfile.objects.visible_to(request_actor(request))
    return rows.prefetch_related("domains").first()


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Make or change the profile; a new one leads on to the credentials."""
    by, annotator = request_actor(request), _own(request)
    assert isinstance(request.user, User)
    form = ProfileForm(request.POST or None, initial=ProfileForm.values_of(request.user, annotator))
    if request.method == "POST" and form.is_valid():
        try:
            registration.save_profile(user_id=request.user.pk, by=by, **form.cleaned_data)
        except Refused as refused:
            show(form, refused)
        else:
            messages.success(request, _("Your profile was saved."))
            return redirect("accounts:profile" if annotator else "accounts:credentials")
    context = {"form": form, "annotator": annotator}
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def credentials(request: HttpRequest) -> HttpResponse:
    """What one claimed, and what staff found."""
    by = request_actor(request)
    rows = Credential.objects.visible_to(by).select_related("domain", "evidence")
    shown = [
        (row, files.link(row.evidence, reader=by) if row.evidence else "")
        for row in rows.order_by("-created_at", "-id")
    ]
    return render(request, "accounts/credentials.html", {"credentials": shown})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    """Claim a credential; whoever has no profile makes one first."""
    annotator = _own(request)
    if annotator is None:
        return redirect("accounts:profile")
    form = CredentialForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.claim(annotator_id=annotator.pk, by=request_actor(request), **form.cleaned_data)
        except Refused as refused:
            show(form, refused)
        else:
            messages.success(request, _("Thank you. Staff will look at your evidence."))
            return redirect("accounts:credentials")
    status = 422 if form.errors else 200
    return render(request, "accounts/credential_new.html", {"form": form}, status=status)


@login_required
@require_POST
def withdraw(request: HttpRequest, credential_id: uuid.UUID) -> HttpResponse:
    """Take a credential back."""
    acts.withdraw(credential_id=credential_id, by=request_actor(request))
    messages.success(request, _("The credential was withdrawn."))
    return redirect("accounts:credentials")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """The latest notices; a POST marks them all as read."""
    by = request_actor(request)
    if request.method == "POST":
        telling.mark_read(by=by)
        return redirect("accounts:notices")
    rows = Notice.objects.visible_to(by).order_by("-created_at", "-id")[:_NOTICES_SHOWN]
    return render(request, "accounts/notices.html", {"notices": rows})
