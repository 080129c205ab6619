"""Candidate rows: who meets every pair rule of which project, so that a claim need not ask it.

A refresh notes the moment before it reads anything. It deletes only rows that were read before that
moment: another refresh, which began later and knows more, may have written a row in the meantime.
SQL narrows the pairs down, the list of rules (`tasks.matching.rules`) decides. A claim asks the
rules again for the one project it takes from, so a row that is a moment out of date does no harm.
"""

import uuid
from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import CharField, Q, QuerySet, Value

from accounts.models import AnnotatorProfile
from accounts.selectors.domains import within
from accounts.states import AnnotatorState
from marketplace.core import clock, outbox
from tasks.matching.rules import Pair, eligible, score
from tasks.models import Candidate, Project
from tasks.selectors import facts
from tasks.states import ProjectState

MATCHED = (ProjectState.ACTIVE, ProjectState.PAUSED)
CHUNK = 1000


@transaction.atomic
def refresh_annotator(*, annotator_id: uuid.UUID) -> int:
    """List anew the projects open to an annotator; returns how many there are. None for nobody."""
    started = clock.now()
    row = AnnotatorProfile.objects.select_for_update(no_key=True).filter(pk=annotator_id).first()
    if row is None:
        return 0
    who = facts.of_annotator(row.pk)
    scores = {}
    for project in Project.objects.filter(state__in=MATCHED).defer("interface", "brief"):
        pair = Pair(who, facts.of_project(project))
        if eligible(pair):
            scores[project.pk] = score(pair)
    old = Candidate.objects.filter(annotator=row, refreshed_at__lt=started)
    old.exclude(project_id__in=scores).delete()
    _keep(
        Candidate(annotator=row, project_id=pk, score=points, refreshed_at=started)
        for pk, points in scores.items()
    )
    return len(scores)


@transaction.atomic
def refresh_project(*, project_id: uuid.UUID) -> int:
    """List anew the annotators eligible for a project; returns how many there are.

    A project that hands out no tasks any more, or does not exist, has none.
    """
    started = clock.now()
    project = Project.objects.select_for_update(no_key=True).filter(pk=project_id).first()
    scores: dict[uuid.UUID, int] = {}
    if project is not None and project.state in MATCHED:
        wanted = facts.of_project(project)
        for annotator_id, who in facts.of_annotators(_likely(project)):
            pair = Pair(who, wanted)
            if eligible(pair):
                scores[annotator_id] = score(pair)
    old = Candidate.objects.filter(project_id=project_id, refreshed_at__lt=started)
    old.exclude(annotator_id__in=scores).delete()
    _keep(
        Candidate(annotator_id=pk, project_id=project_id, score=points, refreshed_at=started)
        for pk, points in scores.items()
    )
    return len(scores)


def _likely(project: Project) -> QuerySet[AnnotatorProfile]:
    """Narrow all annotators down by what an index or a cheap filter can say; never too far."""
    through = AnnotatorProfile.domains.through.objects.filter(
        within(project.domain_id, "domain__path")
    )
    languages = Value(project.languages, output_field=ArrayField(CharField(max_length=2)))
    country = Q(country__in=project.countries) if project.countries else Q()
    return AnnotatorProfile.objects.filter(
        country,
        state=AnnotatorState.ACTIVE,
        pk__in=through.values("annotatorprofile_id"),
        languages__contains=languages,
    )


def _keep(rows: Iterable[Candidate]) -> None:
    Candidate.objects.bulk_create(
        list(rows),
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["annotator", "project"],
        update_fields=["score", "refreshed_at"],
    )


@transaction.atomic
def rebuild() -> int:
    """Promise a refresh of every project that hands out tasks; returns how many."""
    ids = list(Project.objects.filter(state__in=MATCHED).values_list("pk", flat=True))
    for pk in ids:
        outbox.enqueue("tasks.refresh_project", project_id=str(pk))
    return len(ids)
