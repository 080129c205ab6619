"""Who may judge others' answers: staff, and holders of qualifications with a review level."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import AnnotatorProfile, QualificationGrant, User
from accounts.selectors.qualifications import valid
from accounts.states import AnnotatorState
from marketplace.core.actors import Actor, ActorKind

# Staff at the desk (who signed in with a second factor) are adjudicators everywhere.
HIGHEST = 3


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who judges: at the desk as staff, or by their qualifications.

    `levels` gives, for each domain of a live qualification, its level (1 reviewer, 2 senior, 3
    adjudicator); it holds for the domain and all below it. `annotator_id` is who is paid.
    """

    user: User
    staff: bool
    annotator_id: uuid.UUID | None
    levels: Mapping[str, int]

    @property
    def qualified(self) -> bool:
        """May judge anything at all."""
        return self.staff or bool(self.levels)

    def level_in(self, domain: str) -> int:
        """The level at which they judge in a domain; 0 where they do not."""
        if self.staff:
            return HIGHEST
        above = [n for path, n in self.levels.items() if f"{domain}.".startswith(f"{path}.")]
        return max(above, default=0)


def reviewer(*, user: User, by: Actor) -> Reviewer:
    """What a person may judge, who acts for themselves; nothing for anybody else's name.

    At the web desk staff count by their qualifications alone, like everybody there.
    """
    in_person = user.is_active and by.id == str(user.pk)
    staff = in_person and user.is_staff and by.kind is ActorKind.STAFF
    profile = AnnotatorProfile.objects.filter(user=user).first()
    return Reviewer(
        user=user,
        staff=staff,
        annotator_id=profile.pk if profile else None,
        levels=_levels(profile) if profile and in_person and by.kind is ActorKind.USER else {},
    )


def reviewer_grants() -> QuerySet[QualificationGrant]:
    """Live grants of qualifications that make reviewers, of active profiles; the lowest level
    first."""
    return QualificationGrant.objects.filter(
        valid(),
        annotator__state=AnnotatorState.ACTIVE,
        qualification__review_level__gte=1,
    ).order_by("qualification__review_level")


def _levels(profile: AnnotatorProfile) -> dict[str, int]:
    """The highest level for each domain named by a live grant; none for the suspended."""
    rows = reviewer_grants().filter(annotator=profile)
    return {
        str(domain): level
        for domain, level in rows.values_list(
            "qualification__domain_id", "qualification__review_level"
        )
    }
