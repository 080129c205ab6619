"""Who may do what for an organization: the one question every action on a client's things asks."""

import uuid

from accounts.models import Membership
from accounts.states import ROLE_PERMISSIONS, Permission
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused

# A key's scopes were checked at the door; it never manages people or keys.
_OF_KEYS = frozenset({"read", "projects", "money"})
# Staff help with projects, members and keys, and never move a client's money for them.
_OF_STAFF = frozenset({"read", "projects", "keys", "members"})
_OURSELVES = (ActorKind.JOB, ActorKind.COMMAND, ActorKind.STRIPE)


def permitted(by: Actor, organization_id: uuid.UUID) -> frozenset[str]:
    """What `by` may do for the organization (values of `Permission`); empty for strangers."""
    if by.kind in _OURSELVES:
        return frozenset(Permission.values)
    if by.kind is ActorKind.STAFF:
        return _OF_STAFF
    if by.kind is ActorKind.API_KEY:
        return _OF_KEYS if by.organization == organization_id else frozenset()
    role = (
        Membership.objects.filter(organization_id=organization_id, user_id=by.id)
        .values_list("role", flat=True)
        .first()
    )
    return ROLE_PERMISSIONS.get(role or "", frozenset())


def require(by: Actor, organization_id: uuid.UUID, permission: Permission) -> None:
    """Refuse what `by` may not do: 404 to strangers (they learn nothing), 403 to members."""
    allowed = permitted(by, organization_id)
    if not allowed:
        raise NotFound("organization")
    if permission.value not in allowed:
        raise Refused(
            "not_permitted",
            f"Your role does not permit this ({permission.value}): ask an owner.",
            status=403,
        )
