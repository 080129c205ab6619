"""Clients: an organization is made by its first owner, who changes and removes members.

Members come in by `actions.invitations`.
"""

import uuid

from django.db import transaction

from accounts.models import Membership, Organization
from accounts.selectors import permissions
from accounts.states import Permission, Role
from marketplace.core import audit
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid

_NAME_LENGTH = 120


def create(*, name: str, by: Actor) -> Organization:
    """An organization whose owner is the person who makes it. Refuses an empty or overlong name."""
    if by.kind is not ActorKind.USER:
        raise Refused("people_only", "An organization is made by a person.", status=403)
    name = _name(name)
    with transaction.atomic():
        organization = Organization(name=name)
        organization.save(force_insert=True)
        Membership.objects.create(
            organization=organization, user_id=uuid.UUID(by.id), role=Role.OWNER
        )
        audit.record("create_organization", organization, by=by, name=name)
    return organization


def rename(*, organization_id: uuid.UUID, name: str, by: Actor) -> Organization:
    """Give it another name. Refuses whoever is not an owner."""
    name = _name(name)
    with transaction.atomic():
        organization = locked(organization_id, Permission.MEMBERS, by)
        was, organization.name = organization.name, name
        organization.save(update_fields=["name"])
        audit.record("rename_organization", organization, by=by, was=was, name=name)
    return organization


def change_role(*, organization_id: uuid.UUID, user_id: uuid.UUID, role: str, by: Actor) -> None:
    """Give a member another role. Refuses to leave the organization without an owner."""
    with transaction.atomic():
        organization = locked(organization_id, Permission.MEMBERS, by)
        member = _member(organization, user_id)
        was, member.role = member.role, role_of(role)
        if was == Role.OWNER and member.role != Role.OWNER:
            _keep_an_owner(organization, member)
        member.save(update_fields=["role"])
        audit.record("change_role", organization, by=by, user=str(user_id), was=was, role=role)


def remove_member(*, organization_id: uuid.UUID, user_id: uuid.UUID, by: Actor) -> None:
    """End a membership; keys they issued are the organization's and stay.

    A member may always leave; an owner removes anybody. Refuses to take the last owner away.
    """
    leaving = by.kind is ActorKind.USER and by.id == str(user_id)
    with transaction.atomic():
        organization = locked(
            organization_id, Permission.READ if leaving else Permission.MEMBERS, by
        )
        member = _member(organization, user_id)
        _keep_an_owner(organization, member)
        member.delete()
        audit.record("remove_member", organization, by=by, user=str(user_id), was=member.role)


def locked(organization_id: uuid.UUID, permission: Permission, by: Actor) -> Organization:
    """The organization under its lock, so that members change one at a time; permission re-read."""
    organization = (
        Organization.objects.select_for_update(no_key=True).filter(pk=organization_id).first()
    )
    if organization is None:
        raise NotFound("organization")
    permissions.require(by, organization_id, permission)
    return organization


def _member(organization: Organization, user_id: uuid.UUID) -> Membership:
    member = organization.memberships.filter(user_id=user_id).first()
    if member is None:
        raise NotFound("member")
    return member


def _keep_an_owner(organization: Organization, leaving: Membership) -> None:
    others = organization.memberships.filter(role=Role.OWNER).exclude(pk=leaving.pk)
    if not others.exists():
        raise Refused("last_owner", "An organization keeps an owner: make somebody else one first.")


def role_of(role: str) -> Role:
    """The role of that name; refuses others."""
    if role not in Role.values:
        raise invalid("Unknown role.", [Fault("/role", f"One of {', '.join(Role.values)}.")])
    return Role(role)


def _name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= _NAME_LENGTH:
        raise invalid(
            "An organization needs a name.", [Fault("/name", f"1 to {_NAME_LENGTH} characters.")]
        )
    return name
