"""The client's pages: its organization, members and API keys."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import api_keys, invitations, organizations
from accounts.models import ApiKey, Invitation, Organization, User
from accounts.selectors import invitations as inviting
from accounts.selectors import organizations as reads
from accounts.selectors import permissions
from accounts.states import Role
from accounts.web.actors import request_actor
from accounts.web.forms import KeyForm, MemberForm, OrganizationForm, show
from marketplace.core.errors import NotFound, Refused


def chosen(request: HttpRequest) -> Organization | None:
    """The organization that the page is about: `organization` in the query or form, else one's
    first. A foreign or unknown one is refused with 404; None for people without any.
    """
    rows = Organization.objects.visible_to(request_actor(request)).order_by("created_at", "id")
    wanted = request.POST.get("organization") or request.GET.get("organization")
    if not wanted:
        return rows.first()
    try:
        found = rows.filter(pk=uuid.UUID(wanted)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound("organization")
    return found


def _needed(request: HttpRequest) -> Organization:
    organization = chosen(request)
    if organization is None:
        raise NotFound("organization")
    return organization


def _page(request: HttpRequest, organization: Organization, form: MemberForm) -> HttpResponse:
    by = request_actor(request)
    context = {
        "organization": organization,
        "others": Organization.objects.visible_to(by).exclude(pk=organization.pk).order_by("name"),
        "invitations": inviting.of_organization(organization.pk),
        "members": reads.members(organization.pk),
        "may": permissions.permitted(by, organization.pk),
        "roles": Role.choices,
        "form": form,
    }
    return render(request, "accounts/client.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def client(request: HttpRequest) -> HttpResponse:
    """The organization and its members; whoever has none accepts an invitation or makes one."""
    organization = chosen(request)
    if organization is None:
        return _first(request, OrganizationForm())
    return _page(request, organization, MemberForm())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make an organization and become its owner."""
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = organizations.create(name=form.cleaned_data["name"], by=request_actor(request))
        return redirect(f"/client/?organization={made.pk}")
    return _first(request, form)


def _first(request: HttpRequest, form: OrganizationForm) -> HttpResponse:
    """How one comes into an organization: by invitation, or by making one."""
    person = request.user
    mine = inviting.for_user(person) if isinstance(person, User) else []
    context = {"form": form, "invitations": mine}
    return render(request, "accounts/client_new.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def accept(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """Join."""
    made = invitations.accept(invitation_id=invitation_id, by=request_actor(request))
    messages.success(request, _("You are a member now."))
    return redirect(f"/client/?organization={made.organization_id}")


@login_required
@require_POST
def decline(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """Say no."""
    invitations.decline(invitation_id=invitation_id, by=request_actor(request))
    messages.success(request, _("You declined the invitation."))
    return redirect("accounts:client_new")


@login_required
@require_POST
def cancel(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """Take an invitation back."""
    by = request_actor(request)
    if not Invitation.objects.visible_to(by).filter(pk=invitation_id).exists():
        raise NotFound("invitation")
    row = invitations.cancel(invitation_id=invitation_id, by=by)
    messages.success(request, _("The invitation was cancelled."))
    return redirect(f"/client/?organization={row.organization_id}")


@login_required
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Ask somebody to join."""
    organization, form = _needed(request), MemberForm(request.POST)
    if form.is_valid():
        try:
            invitations.invite(
                organization_id=organization.pk, by=request_actor(request), **form.cleaned_data
            )
        except Refused as refused:
            show(form, refused)
        else:
            messages.success(request, _("The invitation was sent."))
            return redirect(f"/client/?organization={organization.pk}")
    return _page(request, organization, form)


@login_required
@require_POST
def change_role(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    """Give a member another role."""
    organization = _needed(request)
    organizations.change_role(
        organization_id=organization.pk,
        user_id=user_id,
        role=request.POST.get("role", ""),
        by=request_actor(request),
    )
    messages.success(request, _("The role was changed."))
    return redirect(f"/client/?organization={organization.pk}")


@login_required
@require_POST
def remove_member(request: HttpRequest, user_id: uuid.UUID) -> HttpResponse:
    """End a membership, one's own too."""
    organization = _needed(request)
    organizations.remove_member(
        organization_id=organization.pk, user_id=user_id, by=request_actor(request)
    )
    messages.success(request, _("The membership has ended."))
    return redirect("accounts:client")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """The live keys. A new one's token is shown on the page that answers its making, and never
    again.
    """
    organization = chosen(request)
    if organization is None:
        return redirect("accounts:client")
    form, token = KeyForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            _key, token = api_keys.issue(
                organization_id=organization.pk, by=request_actor(request), **form.cleaned_data
            )
        except Refused as refused:
            show(form, refused)
    context = {
        "organization": organization,
        "keys": reads.live_keys(organization.pk),
        "may": permissions.permitted(request_actor(request), organization.pk),
        "form": form,
        "token": token,
    }
    status = 422 if form.errors else 200
    response = render(request, "accounts/keys.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def revoke_key(request: HttpRequest, key_id: uuid.UUID) -> HttpResponse:
    """End a key at once."""
    if not ApiKey.objects.visible_to(request_actor(request)).filter(pk=key_id).exists():
        raise NotFound("API key")
    key = api_keys.revoke(key_id=key_id, by=request_actor(request))
    messages.success(request, _("The key was revoked."))
    return redirect(f"/client/keys/?organization={key.organization_id}")
