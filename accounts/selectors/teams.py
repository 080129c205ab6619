"""Teams with their members, for staff."""

import uuid

from django.db.models import Count, QuerySet

from accounts.models import Team, TeamMember


def members(team_id: uuid.UUID) -> QuerySet[TeamMember]:
    """Who is in a team, longest first."""
    rows = TeamMember.objects.filter(team_id=team_id)
    return rows.select_related("annotator__user").order_by("added_at", "id")


def with_members(rows: QuerySet[Team]) -> QuerySet[Team]:
    """Each with `size`, how many are in it."""
    return rows.annotate(size=Count("members"))
