"""Signing in anew before something that a thief of a session must not do."""

import time

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import User


def ask(request: HttpRequest, user: User) -> HttpResponse | None:
    """To the page that asks for the password, or for the second factor of who has one.

    Nothing where that was given within `ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds. Once it is, the
    request goes on as it was sent.
    """
    second = is_mfa_enabled(user)
    oldest = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    for record in get_authentication_records(request, user):
        fits = record["method"] == "mfa" or not second
        if record.get("reauthenticated") and fits and record["at"] > oldest:
            return None
    page = reverse(_page_for(user) if second else "account_reauthenticate")
    answer: HttpResponse = suspend_request(request, page)
    return answer


def _page_for(user: User) -> str:
    """A code where they have an authenticator app, else their key."""
    app = is_mfa_enabled(user, types=[Authenticator.Type.TOTP])
    return "mfa_reauthenticate" if app else "mfa_reauthenticate_webauthn"
