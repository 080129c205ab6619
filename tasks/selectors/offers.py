"""Offers as an annotator sees them: what, for how much, until when, and why they were chosen."""

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from accounts.models import AnnotatorProfile
from marketplace.core.expressions import Now
from tasks.matching import instant
from tasks.models import Candidate, Offer, Project
from tasks.selectors import pay_words, reasons
from tasks.states import OfferState, ProjectState, TaskState

PARTS = ("quality", "fit", "cost", "fairness", "exploration", "newcomer")
# What moves a project in a list, but chooses nobody among its candidates.
NO_PLACE = {"deadline": 0.0, "ageing": 0.0}
_ANOTHER = """
SELECT task.id
  FROM tasks_task task
  JOIN accounts_annotatorprofile annotator ON annotator.id = %(annotator)s
 WHERE task.project_id = %(project)s AND task.state = 'open' AND NOT task.starter
   AND {not_mine}
   AND NOT EXISTS (SELECT 1 FROM tasks_offer before
                    WHERE before.task_id = task.id AND before.annotator_id = annotator.id)
 ORDER BY task.priority DESC, task.id
 LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer on its page, and in plain words why it was made to this annotator and what a claim
    of it would pay them now.
    """

    offer: Offer
    why: Sequence[str]
    pay: pay_words.Words


def out(annotator_id: uuid.UUID) -> QuerySet[Offer]:
    """The offers an annotator may still accept, the one that ends first before others."""
    return (
        Offer.objects.filter(
            annotator_id=annotator_id,
            state=OfferState.OFFERED,
            expires_at__gt=Now(),
            task__state=TaskState.OPEN,
            project__state=ProjectState.ACTIVE,
        )
        .select_related("project__domain")
        .order_by("expires_at", "pk")
    )


def shown(annotator: AnnotatorProfile) -> list[Shown]:
    """The same with their reasons. No client is named, no rival shown."""
    rows = list(out(annotator.pk))
    found = Candidate.objects.filter(
        annotator=annotator, project_id__in=[row.project_id for row in rows]
    )
    candidates = {row.project_id: row for row in found}
    pay = pay_words.of_openings([row.project for row in rows], annotator)
    return [
        Shown(row, _why(row.project, candidates.get(row.project_id)), pay[row.project_id])
        for row in rows
    ]


def _why(project: Project, candidate: Candidate | None) -> list[str]:
    """Their field, then what spoke for them in the project's score, the weightiest first."""
    field = _("You work in %(domain)s.") % {"domain": project.domain.name}
    if candidate is None:
        return [field]
    parts = {name: getattr(candidate, name) for name in PARTS}
    spoke = [one.text for one in reasons.of(project, parts | NO_PLACE) if one.points > 0]
    return [field, *spoke]


def out_to(annotator_ids: Collection[uuid.UUID]) -> Counter[uuid.UUID]:
    """How many offers each of them may answer at this moment."""
    rows = Offer.objects.filter(annotator_id__in=annotator_ids, state=OfferState.OFFERED)
    counted = rows.values("annotator_id").annotate(number=Count("pk"))
    return Counter({row["annotator_id"]: row["number"] for row in counted})


def another_task(offer: Offer) -> uuid.UUID | None:
    """The first open task of the same project that its annotator may claim and was not asked
    about."""
    not_mine = instant.NOT_MINE.format(
        annotator="annotator.id",
        user="annotator.user_id",
        component=instant.CIRCLE,
        again=instant.EXPIRED_AGAIN,
    )
    values = {"annotator": offer.annotator_id, "project": offer.project_id}
    with connection.cursor() as cursor:
        cursor.execute(_ANOTHER.format(not_mine=not_mine), values)
        row = cursor.fetchone()
    return row[0] if row else None
