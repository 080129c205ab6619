"""Who acts on a page."""

from django.http import HttpRequest

from accounts.selectors import actors
from marketplace.core.actors import Actor


def request_actor(request: HttpRequest) -> Actor:
    """The signed-in person of a page; refuses (403) who is not signed in."""
    return actors.of_user(request.user)
