"""From a person or a key to the `Actor` that actions take."""

from django.contrib.auth.models import AnonymousUser

from accounts.models import ApiKey, User
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Refused


def of_user(user: User | AnonymousUser) -> Actor:
    """A person on the web pages; staff act as a person there too. Refuses who is not signed in."""
    if not isinstance(user, User) or not user.is_active:
        raise Refused("sign_in_first", "Sign in first.", status=403)
    return Actor(ActorKind.USER, str(user.pk))


def of_staff(user: User | AnonymousUser) -> Actor:
    """A member of staff at the desk. Refuses everybody else."""
    if not isinstance(user, User) or not (user.is_active and user.is_staff):
        raise Refused("staff_only", "This is for staff only.", status=403)
    return Actor(ActorKind.STAFF, str(user.pk))


def of_key(key: ApiKey) -> Actor:
    """A client's program, bound to the organization of its key."""
    return Actor(ActorKind.API_KEY, str(key.pk), organization=key.organization_id)
