"""How near annotators' texts are to a project's, kept as rows: a part of the candidates' score."""

import datetime as dt
import uuid

from django.db import connection, transaction

from marketplace.core import clock, outbox
from tasks.actions.matching import MATCHED
from tasks.matching.text.similarity import Pool, places
from tasks.models import Fit, Project
from tasks.selectors import expert_texts

_BATCH = 1000


def refresh(*, project_id: uuid.UUID) -> int:
    """Reckon anew the fit of everybody who declared the project's domain; returns how many.

    The fit is the share of the others whose texts are less near (`places`), so that it can be said
    in words and one outlier makes nobody small. Annotators without any text have no row: nothing
    is known of them. A project that hands out no tasks any more keeps none.
    Reading and reckoning take seconds and stand outside the transaction; of two at once, the one
    that began later is kept.
    """
    started = clock.now()
    project = Project.objects.filter(pk=project_id).defer("interface").first()
    values = {}
    if project is not None and project.state in MATCHED:
        values = _values(project)
    with transaction.atomic():
        _keep(project_id, values, started)
    return len(values)


def _values(project: Project) -> dict[uuid.UUID, float]:
    numbers: dict[uuid.UUID, int] = {}
    texts, owners = [], []
    for annotator_id, text in expert_texts.in_domain(project.domain_id):
        owners.append(numbers.setdefault(annotator_id, len(numbers)))
        texts.append(text)
    scores = Pool(texts, owners, len(numbers)).scores([expert_texts.of_project(project)])[0]
    return dict(zip(numbers, places(scores).tolist(), strict=True))


def _keep(project_id: uuid.UUID, values: dict[uuid.UUID, float], started: dt.datetime) -> None:
    """Make the project's rows these, unless somebody who began later was faster."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('tasks_fit'), hashtext(%s))", [str(project_id)]
        )
    rows = Fit.objects.filter(project_id=project_id)
    if rows.filter(made_at__gt=started).exists():
        return
    before = dict(rows.values_list("annotator_id", "value"))
    rows.exclude(annotator_id__in=values).delete()
    Fit.objects.bulk_create(
        [
            Fit(annotator_id=pk, project_id=project_id, value=value, made_at=started)
            for pk, value in values.items()
        ],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["annotator", "project"],
        update_fields=["value", "made_at"],
    )
    if before != values:
        outbox.enqueue("tasks.refresh_project", project_id=str(project_id))


@transaction.atomic
def rebuild() -> int:
    """Promise a new reckoning for every project that hands out tasks; returns how many."""
    ids = list(Project.objects.filter(state__in=MATCHED).values_list("pk", flat=True))
    for pk in ids:
        outbox.enqueue("tasks.refresh_fit", project_id=str(pk))
    return len(ids)
