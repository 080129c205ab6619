"""An annotator's own page or program at the API: the session of the web, and its CSRF token."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from accounts.models import User
from accounts.selectors import actors
from marketplace.core.actors import Actor

WORK = "work"  # the one thing that a session may do at the API: one's own work


@dataclass(frozen=True, slots=True)
class PersonAuth:
    """`request.auth`: who is signed in, acting for themselves."""

    actor: Actor
    scopes: frozenset[str] = field(default=frozenset({WORK}))


class WebSession(SessionAuthentication):
    """Whoever is signed in on the web; unsafe methods need the CSRF token, as a page's do."""

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, PersonAuth] | None:
        """Nothing without a session."""
        found = super().authenticate(request)
        if found is None:
            return None
        return found[0], PersonAuth(actors.of_user(found[0]))

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Session realm="web"'
