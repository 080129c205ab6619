"""Clients' programs show an API key: `Authorization: Bearer mk_<prefix>_<secret>`."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from accounts.actions import api_keys
from accounts.models import ApiKey
from accounts.selectors import actors
from accounts.selectors.api_keys import find
from marketplace.core.actors import Actor

_REALM = 'Bearer realm="api"'
_PARTS = 2  # the scheme and the token


@dataclass(frozen=True, slots=True)
class KeyAuth:
    """`request.auth`: who the key acts for and what it may do."""

    actor: Actor
    scopes: frozenset[str]


class ApiKeyAuthentication(BaseAuthentication):
    """One query a request; the time of use is noted at most once a minute."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, KeyAuth] | None:
        """Nothing without a Bearer header; refuses (401) unknown, revoked and expired keys."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != _PARTS:
            raise AuthenticationFailed("Write: Authorization: Bearer mk_…", code="malformed_key")
        if settings.SECURE_SITE and not request.is_secure():
            raise PermissionDenied("Send API keys over https only.", code="https_only")
        key = _live(parts[1].decode("latin-1"))
        return AnonymousUser(), KeyAuth(actors.of_key(key), frozenset(key.scopes))

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return _REALM


def _live(token: str) -> ApiKey:
    """The key, if it may be used now."""
    found = find(token)
    if found is None:
        raise AuthenticationFailed("This API key is not known.", code="unknown_key")
    key, at = found.key, found.at
    if key.revoked_at is not None:
        raise AuthenticationFailed("This API key was revoked.", code="revoked_key")
    if key.expires_at is not None and key.expires_at <= at:
        raise AuthenticationFailed("This API key has expired.", code="expired_key")
    api_keys.touch(key, at)
    return key
