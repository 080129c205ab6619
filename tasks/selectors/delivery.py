"""Delivery: a project's results as a stream of records, each with where it came from."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.models import F, OuterRef, Subquery

from accounts.models import Credential
from accounts.selectors.credentials import valid
from tasks.models import Adjudication, LotItem, Result, Review, Submission
from tasks.selectors import confidence
from tasks.states import TOLD_KINDS, AssignmentState

CHUNK = 200
# How an accepted answer came to count, beside each of them.
JUDGED, TIMED_OUT = "accepted", "accepted by itself: no verdict came in time"
Record = dict[str, Any]


def results(project_id: uuid.UUID) -> Iterator[Record]:
    """One record for each concluded task, in the order of the upload, read in chunks of 200.

    Annotators appear by pseudonym, with the kinds of their verified credentials; reviews without
    their reviewer. `confidence` is a chance only where `calibrated` is true, else a share of votes;
    `confidence_label` says so in a word. `delivery` is the number of the delivery that a result is
    in, or null; `inspected`, whether it was looked at there. Nothing is warranted here. `timed_out`
    says that an answer counts because no verdict came in time: `judged` says so in words.
    """
    rows = Result.objects.filter(task__project_id=project_id).select_related("task")
    stream = rows.order_by("task_id").iterator(chunk_size=CHUNK)
    while chunk := list(islice(stream, CHUNK)):
        yield from _records(chunk)


def of_tasks(task_ids: Sequence[uuid.UUID]) -> Iterator[Record]:
    """The records of some concluded tasks, in the order of the upload."""
    rows = Result.objects.filter(task__in=task_ids).select_related("task")
    return _records(list(rows.order_by("task_id")))


def _records(rows: Sequence[Result]) -> Iterator[Record]:
    task_ids = [row.task_id for row in rows]
    answers = _answers(task_ids)
    made = Adjudication.objects.filter(task_id__in=task_ids).order_by("decided_at")
    decisions = {row.task_id: row for row in made}  # the last one counts
    items = LotItem.objects.filter(task__in=task_ids, live=True)
    places = {
        task_id: (number, review is not None)
        for task_id, number, review in items.values_list("task", "delivery__number", "review")
    }
    for row in rows:
        number, inspected = places.get(row.task_id, (None, False))
        yield {
            "task_id": str(row.task_id),
            "delivery": number,
            "inspected": inspected,
            "external_id": row.task.external_id,
            "batch_id": str(row.task.batch_id),
            "answer": row.answer,
            "source": row.source,
            "confidence": None if row.confidence is None else float(row.confidence),
            "calibrated": row.calibrated,
            "confidence_label": confidence.label(row.confidence, calibrated=row.calibrated),
            "timed_out": any(one["timed_out"] for one in answers[row.task_id]),
            "details": row.details,
            "submissions": row.submissions,
            "concluded_at": row.concluded_at.isoformat(),
            "provenance": {
                "answers": answers[row.task_id],
                "adjudication": _decision(decisions.get(row.task_id)),
            },
        }


def _decision(row: Adjudication | None) -> Record | None:
    if row is None:
        return None
    return {"reason": row.reason, "decided_at": row.decided_at.isoformat()}


def _answers(task_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Record]]:
    """For each task its accepted answers with all that is told of them."""
    own = Submission.objects.filter(assignment=OuterRef("assignment"), edited_by__isnull=True)
    last = (
        Submission.objects.filter(task_id__in=task_ids, assignment__state=AssignmentState.ACCEPTED)
        .order_by("assignment_id", "-version")
        .distinct("assignment_id")
        .annotate(own=Subquery(own.order_by("-version").values("answer")[:1]))
        .select_related("annotator", "assignment")
    )
    rows = sorted(last, key=lambda row: (row.submitted_at, row.pk))
    kinds = _credential_kinds([row.annotator_id for row in rows])
    reviews = _reviews([row.assignment_id for row in rows])
    found: dict[uuid.UUID, list[Record]] = defaultdict(list)
    for row in rows:
        found[row.task_id].append(
            {
                "annotator": str(row.annotator.pseudonym),
                "credentials": kinds[row.annotator_id],
                "guideline_version": row.guideline_version,
                "version": row.version,
                "submitted_at": row.submitted_at.isoformat(),
                "answer": row.answer,
                # What the annotator said before a reviewer's edit: agreement is counted on it.
                "own_answer": row.own,  # type: ignore[attr-defined]
                "timed_out": row.assignment.timed_out,
                "judged": TIMED_OUT if row.assignment.timed_out else JUDGED,
                "reviews": reviews[row.assignment_id],
            }
        )
    return found


def _credential_kinds(annotator_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Record]]:
    found: dict[uuid.UUID, list[Record]] = defaultdict(list)
    rows: Sequence[Credential] = list(
        Credential.objects.filter(valid(), annotator_id__in=annotator_ids).order_by(
            "domain_id", "kind"
        )
    )
    for row in rows:
        fact = {"kind": row.kind, "domain": row.domain_id}
        if fact not in found[row.annotator_id]:
            found[row.annotator_id].append(fact)
    return found


def _reviews(assignment_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Record]]:
    found: dict[uuid.UUID, list[Record]] = defaultdict(list)
    rows = Review.objects.filter(submission__assignment_id__in=assignment_ids)
    rows = rows.filter(kind__in=TOLD_KINDS).annotate(
        assignment_of=F("submission__assignment"), version=F("submission__version")
    )
    for row in rows.order_by("version", "decided_at"):
        found[row.assignment_of].append(
            {
                "version": row.version,
                "verdict": row.verdict,
                "category": row.category,
                "text": row.text,
                "decided_at": row.decided_at.isoformat(),
            }
        )
    return found
