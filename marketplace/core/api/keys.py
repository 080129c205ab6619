"""What authentication leaves on a request: who the key acts for, and what it may do."""

from typing import Protocol, cast

from rest_framework.request import Request

from marketplace.core.actors import Actor


class KeyAuth(Protocol):
    """Made by the accounts app's authentication class, named in the settings."""

    @property
    def actor(self) -> Actor:
        """The key, on behalf of its organization."""

    @property
    def scopes(self) -> frozenset[str]:
        """What the key may do."""


def auth_of(request: Request) -> KeyAuth | None:
    """The request's key, if it showed one that is good."""
    return cast("KeyAuth | None", request.auth)
