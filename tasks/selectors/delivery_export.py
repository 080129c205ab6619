"""The export of a delivery: one record a line, enough to reckon its report again."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from tasks.models import Belief, Delivery, Gold, GoldAnswer, LotItem, ResultRevision
from tasks.selectors import confidence, delivery, evidence, quality_report

CHUNK = 200
Record = dict[str, Any]


def records(row: Delivery) -> Iterator[Record]:
    """The head, the annotators, the models with their held-out gold, the tests of reviewers, the
    client's gold with what was answered to it, and then each task with its answers, its result and
    its place in a lot, in chunks of 200.

    Annotators appear by pseudonym, inspections without their reviewer.
    """
    report = quality_report.told(row)
    yield {
        "kind": "delivery",
        "version": 1,
        "project": report["project"],
        "delivery": row.number,
        "state": row.state,
        "made_at": row.made_at.isoformat(),
        "ready_at": row.ready_at and row.ready_at.isoformat(),
        "plan": report["plan"],
        "lots": [{key: lot[key] for key in LOT} for lot in report["lots"]],
        "reviewers": report["reviewers"],
        "subcategory_field": report["subcategory_field"],
        "interface": row.project.interface,
    }
    for one in report["annotators"]:
        skill = one["skill"] and {key: one["skill"][key] for key in ("alpha", "beta")}
        yield {"kind": "annotator", "annotator": one["annotator"], "skill": skill}
    for model in report["calibration"]:
        yield {"kind": "question", **model}
    basis = evidence.told(row)
    yield from ({"kind": "model", **one} for one in basis["models"])
    yield from ({"kind": "reviewer_check", **one} for one in basis["checks"])
    yield from _gold(row)
    items = LotItem.objects.filter(delivery=row).select_related("lot", "review", "task__result")
    stream = items.order_by("lot__number", "position").iterator(chunk_size=CHUNK)
    while chunk := list(islice(stream, CHUNK)):
        yield from _tasks(chunk)


LOT = ("number", "state", "size", "allowed")


def _gold(row: Delivery) -> Iterator[Record]:
    answers: dict[uuid.UUID, list[Record]] = defaultdict(list)
    rows = GoldAnswer.objects.filter(gold__project=row.project_id).order_by("pk")
    for one in rows.select_related("annotator", "submission"):
        answers[one.gold_id].append(
            {
                "annotator": str(one.annotator.pseudonym),
                "answer": one.submission.answer,
                "right": one.right,
                "counts": one.counts,
            }
        )
    for gold in Gold.objects.filter(project=row.project_id).order_by("pk"):
        yield {
            "kind": "gold",
            "task_id": str(gold.pk),
            "state": gold.state,
            "training": gold.training,
            "answer": gold.answer,
            "tolerance": gold.tolerance,
            "answers": answers[gold.pk],
        }


def _tasks(items: Sequence[LotItem]) -> Iterator[Record]:
    ids = [item.task_id for item in items]
    told = {record["task_id"]: record for record in delivery.of_tasks(ids)}
    beliefs = Belief.objects.in_bulk(ids)
    revisions: dict[uuid.UUID, list[Record]] = defaultdict(list)
    rows = ResultRevision.objects.filter(result__task__in=ids).order_by("number")
    for one in rows.select_related("result"):
        revisions[one.result.task_id].append(
            {
                "number": one.number,
                "answer": one.answer,
                "source": one.source,
                "confidence": None if one.confidence is None else float(one.confidence),
                "calibrated": one.calibrated,
                "why": one.why,
                "replaced_at": one.replaced_at.isoformat(),
            }
        )
    for item in items:
        belief = beliefs.get(item.task_id)
        yield {
            "kind": "task",
            **told[str(item.task_id)],
            "subcategory": item.subcategory,
            "lot": item.lot.number,
            "position": item.position,
            "drawn": item.drawn,
            "inspection": _inspection(item),
            "belief": belief
            and {
                "questions": belief.questions,
                "calibrated": belief.calibrated,
                "confidence_label": confidence.label(
                    belief.confidence, calibrated=belief.calibrated
                ),
            },
            "revisions": revisions[item.task_id],
        }


def _inspection(item: LotItem) -> Record | None:
    if item.review is None:
        return None
    return {
        "defect": item.defect,
        "verdict": item.review.verdict,
        "category": item.review.category,
        "text": item.review.text,
        "decided_at": item.review.decided_at.isoformat(),
    }
