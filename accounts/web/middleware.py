"""What happens around every page: forced MFA and the viewer's time zone."""

import zoneinfo
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _

Handler = Callable[[HttpRequest], HttpResponse]
_SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# What staff need to set a second factor up, and the way out. Everything else waits.
_OPEN = {
    "mfa_index",
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "account_reauthenticate",
    "account_email_verification_sent",
    "account_logout",
    "healthz",
}


class ForcedMfaMiddleware:
    """Staff without a second factor reach nothing but the pages that set one up."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on, or send to the set-up. Whoever has a factor was asked for it at sign-in."""
        if not _lacks_factor(request) or _is_open(request):
            return self.get_response(request)
        messages.info(request, _("Staff sign in with a second factor: set one up first."))
        return redirect("mfa_index")


def _lacks_factor(request: HttpRequest) -> bool:
    user = request.user
    return getattr(user, "is_staff", False) and not is_mfa_enabled(user, _SECOND_FACTORS)


def _is_open(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).view_name in _OPEN
    except Resolver404:
        return False


class TimeZoneMiddleware:
    """Deadlines are shown in the viewer's time zone."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the zone of whoever is signed in; UTC for others."""
        with timezone.override(_zone(getattr(request.user, "time_zone", "UTC"))):
            return self.get_response(request)


def _zone(name: str) -> zoneinfo.ZoneInfo:
    """UTC for a name that this machine's zones lack: a page in UTC is better than none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")
