"""Teams: annotators whom projects ask for by name."""

import uuid

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions import guards
from accounts.models import Organization, Team, TeamMember
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid

_NAME = 120


def create(*, name: str, by: Actor, organization_id: uuid.UUID | None = None) -> Team:
    """An empty team, for one client or for any. Refuses a name that is taken."""
    guards.staff_only(by)
    name = guards.text_of(name, "name", _NAME)
    if organization_id and not Organization.objects.filter(pk=organization_id).exists():
        raise NotFound("organization")
    with transaction.atomic():
        row = Team(name=name, organization_id=organization_id)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            fault = Fault("/name", "There is a team of this name.")
            raise invalid("The name is taken.", [fault]) from None
        audit.record("create_team", row, by=by, name=name)
    return row


def add(*, team_id: uuid.UUID, annotator_id: uuid.UUID, by: Actor, reason: str = "") -> TeamMember:
    """Make an annotator a member. Refuses one who is."""
    reason = guards.reason_of(reason, required=False)
    with transaction.atomic():
        annotator = guards.annotator_for(annotator_id, by)
        team = _team(team_id)
        if TeamMember.objects.filter(team=team, annotator=annotator).exists():
            raise Refused("already_member", "The annotator is in this team already.")
        row = TeamMember.objects.create(team=team, annotator=annotator)
        audit.record("add_to_team", team, by=by, reason=reason, annotator=str(annotator.pk))
        text = _("You are a member of the team “%(name)s” now.") % {"name": team.name}
        guards.tell(annotator, "add_to_team", text, reason=reason)
    return row


def remove(*, team_id: uuid.UUID, annotator_id: uuid.UUID, reason: str, by: Actor) -> None:
    """End a membership, with a reason that the annotator reads. Refuses who is no member."""
    reason = guards.reason_of(reason)
    with transaction.atomic():
        annotator = guards.annotator_for(annotator_id, by)
        team = _team(team_id)
        if not TeamMember.objects.filter(team=team, annotator=annotator).delete()[0]:
            raise NotFound("member")
        audit.record("remove_from_team", team, by=by, reason=reason, annotator=str(annotator.pk))
        text = _("You are no longer a member of the team “%(name)s”.") % {"name": team.name}
        guards.tell(annotator, "remove_from_team", text, reason=reason)


def _team(team_id: uuid.UUID) -> Team:
    row = Team.objects.filter(pk=team_id).first()
    if row is None:
        raise NotFound("team")
    return row
