"""Which parts of the site a person has business in."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from accounts.models import AnnotatorProfile, Membership, User
from accounts.selectors.reviewers import reviewer_grants


@dataclass(frozen=True, slots=True)
class Parts:
    """`unread` counts notices."""

    annotator: bool
    reviewer: bool
    client: bool
    staff: bool
    unread: int


NOWHERE = Parts(annotator=False, reviewer=False, client=False, staff=False, unread=0)


def parts(user: User) -> Parts:
    """One query."""
    row = (
        User.objects.filter(pk=user.pk)
        .annotate(
            works=Exists(AnnotatorProfile.objects.filter(user_id=OuterRef("pk"))),
            judges=Exists(reviewer_grants().filter(annotator__user_id=OuterRef("pk"))),
            buys=Exists(Membership.objects.filter(user_id=OuterRef("pk"))),
            unread=Count("notices", filter=Q(notices__read_at__isnull=True)),
        )
        .values_list("works", "judges", "buys", "unread")
        .first()
    )
    works, judges, buys, unread = row or (False, False, False, 0)
    return Parts(annotator=works, reviewer=judges, client=buys, staff=user.is_staff, unread=unread)


def annotator_at(address: str) -> AnnotatorProfile | None:
    """The annotator who signs in with an e-mail address, for staff who name one."""
    rows = AnnotatorProfile.objects.select_related("user")
    return rows.filter(user__email=address.strip().lower()).first()
