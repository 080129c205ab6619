"""Members come into an organization by invitation: asked by e-mail, in by their own consent.

The owner's page looks the same whether the address has an account or not, so that nobody learns
from it who is here.
"""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.organizations import locked, role_of
from accounts.models import Invitation, Membership, User
from accounts.selectors import invitations as reads
from accounts.selectors import permissions
from accounts.states import INVITATION_MOVES, InvitationState, Permission
from marketplace.core import audit, outbox, states
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.clock import Now
from marketplace.core.errors import Fault, NotFound, Refused, invalid

MAX_OPEN = 50


def invite(*, organization_id: uuid.UUID, email: str, role: str, by: Actor) -> Invitation:
    """Ask the person behind an address to join with that role; a mail tells them.

    Refuses what is no address, people who are members (their addresses are on the owner's page),
    a second open invitation to one address, and more than MAX_OPEN open ones.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise invalid(
            "This is not an e-mail address.", [Fault("/email", "Not an e-mail address.")]
        ) from None
    if by.kind is not ActorKind.USER:
        raise Refused("people_only", "Members are invited by an owner.", status=403)
    with transaction.atomic():
        organization = locked(organization_id, Permission.MEMBERS, by)
        wanted = role_of(role)
        if organization.memberships.filter(user__email=email).exists():
            raise Refused("member_already", "This person is a member already.")
        waiting = organization.invitations.filter(state=InvitationState.OPEN)
        if waiting.filter(email=email).exists():
            raise Refused("invited_already", "This address is invited already.")
        if waiting.count() >= MAX_OPEN:
            raise Refused("too_many_open", "Too many invitations wait: cancel some first.")
        row = Invitation.objects.create(
            organization=organization, email=email, role=wanted, invited_by_id=uuid.UUID(by.id)
        )
        audit.record("invite_member", organization, by=by, invitation=str(row.pk), role=role)
        outbox.enqueue("accounts.mail_invitation", invitation_id=str(row.pk))
    return row


def accept(*, invitation_id: uuid.UUID, by: Actor) -> Membership:
    """Whoever signs in with the invited address becomes a member."""
    with transaction.atomic():
        row = _mine(invitation_id, by)
        states.move(row, InvitationState.ACCEPTED, INVITATION_MOVES)
        member, made = Membership.objects.get_or_create(
            organization_id=row.organization_id,
            user_id=uuid.UUID(by.id),
            defaults={"role": row.role},
        )
        audit.record("accept_invitation", row.organization, by=by, role=member.role, joined=made)
    return member


def decline(*, invitation_id: uuid.UUID, by: Actor) -> None:
    """Whoever signs in with the invited address says no."""
    with transaction.atomic():
        row = _mine(invitation_id, by)
        states.move(row, InvitationState.DECLINED, INVITATION_MOVES)
        audit.record("decline_invitation", row.organization, by=by, invitation=str(row.pk))


def cancel(*, invitation_id: uuid.UUID, by: Actor) -> Invitation:
    """An owner takes an open invitation back."""
    with transaction.atomic():
        row = Invitation.objects.select_for_update(no_key=True).filter(pk=invitation_id).first()
        if row is None:
            raise NotFound("invitation")
        permissions.require(by, row.organization_id, Permission.MEMBERS)
        states.move(row, InvitationState.CANCELLED, INVITATION_MOVES)
        audit.record("cancel_invitation", row.organization, by=by, invitation=str(row.pk))
    return row


def mail(*, invitation_id: uuid.UUID) -> None:
    """Send the mail, once as a rule; runs outside a transaction. It says nothing about accounts."""
    row = Invitation.objects.select_related("organization").filter(pk=invitation_id).first()
    if row is None or row.mailed_at is not None or row.state != InvitationState.OPEN:
        return
    words = {"name": row.organization.name, "page": f"{settings.SITE_URL}/client/"}
    text = _(
        "You were invited to “%(name)s” on the Expert Marketplace.\n\n"
        "Sign in with this address, or sign up with it, and answer here:\n%(page)s"
    )
    EmailMessage(_("You are invited"), text % words, to=[row.email]).send()
    Invitation.objects.filter(pk=row.pk).update(mailed_at=Now())


def _mine(invitation_id: uuid.UUID, by: Actor) -> Invitation:
    """The invitation to this person's address, locked; to others it does not exist."""
    person = User.objects.filter(pk=by.id).first() if by.kind is ActorKind.USER else None
    rows = reads.for_user(person) if person else Invitation.objects.none()
    row = rows.select_for_update(of=("self",), no_key=True).filter(pk=invitation_id).first()
    if row is None:
        raise NotFound("invitation")
    return row
