"""Texts that are nearly the same: each text of an answer leaves its MinHash signature, and is
compared with those that share a band of it.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, invalid
from tasks.actions.access import project_for_change
from tasks.interface.hygiene import json_problems
from tasks.models import ModelAnswer, Submission, Task, TextPrint
from tasks.quality import minhash
from tasks.quality.borrowed import LEAST_WORDS
from tasks.quality.minhash import Signature

MOST_COMPARED = 500
MOST_MODEL_ANSWERS, LONGEST = 10, 20_000

_BANDS = """
INSERT INTO tasks_textband (project_id, question, band, text_print_id, annotator_id)
SELECT print.project_id, print.question, key.band, print.id, print.annotator_id
  FROM tasks_textprint print CROSS JOIN LATERAL unnest(print.bands) AS key (band)
 WHERE print.submission_id = %(submission)s
    ON CONFLICT DO NOTHING"""
# One look into the index for each band. The array is for the planner: of a join it may think that
# to walk all prints is cheaper.
_LATEST = """
SELECT print.signature, print.submission_id FROM tasks_textprint print
 WHERE print.id = ANY(ARRAY(
       SELECT DISTINCT near.text_print_id
         FROM unnest(%(bands)s::bigint[]) AS wanted (band)
        CROSS JOIN LATERAL (
              SELECT found.text_print_id FROM tasks_textband found
               WHERE found.project_id = %(project)s AND found.question = %(question)s
                 AND found.band = wanted.band AND found.annotator_id <> %(annotator)s
               ORDER BY found.text_print_id DESC LIMIT %(most)s) near
        ORDER BY near.text_print_id DESC LIMIT %(most)s))
 ORDER BY print.id DESC"""


@dataclass(frozen=True, slots=True)
class Near:
    """The estimated share of common runs of words with the nearest text of another annotator's
    answer (`submission_id`), and with the nearest model answer; None where nothing was near enough
    to compare.
    """

    answer: float | None = None
    submission_id: uuid.UUID | None = None
    model: float | None = None

    @property
    def share(self) -> float | None:
        """The larger of both."""
        found = [one for one in (self.answer, self.model) if one is not None]
        return max(found, default=None)


def compare(submission: Submission, texts: Mapping[str, str]) -> Near:
    """Compare an answer's texts, by question, and keep their signatures for those to come.

    Texts of fewer than 20 words are left out, and so are the annotator's own earlier answers, and
    what stands in the task itself: to repeat oneself or to quote is to borrow from nobody.
    """
    task = submission.task
    prints = {
        name: found for name, text in texts.items() if (found := _print(text, task)) is not None
    }
    if not prints:
        return Near()
    _keep(submission, prints)
    near = [found for name, one in prints.items() for found in _others(submission, name, one)]
    best = max(near, key=lambda found: found[0], default=None)
    stored = ModelAnswer.objects.filter(task_id=submission.task_id, signature__isnull=False)
    models = [
        minhash.similarity(one, minhash.unpacked(bytes(signature)))
        for signature in stored.values_list("signature", flat=True)
        if signature is not None
        for one in prints.values()
    ]
    return Near(
        answer=best[0] if best else None,
        submission_id=best[1] if best else None,
        model=max(models, default=None),
    )


@transaction.atomic
def set_model_answers(
    *, project_id: uuid.UUID, task_id: uuid.UUID, texts: Sequence[str], by: Actor
) -> int:
    """Make these the model answers of a task, instead of those it had; returns how many.

    They are compared with answers that are checked from now on. Refuses a task that is not of the
    project (404), and (`invalid`) more than 10 texts, an empty, overlong or unstorable one.
    """
    project = project_for_change(project_id, by)
    task = Task.objects.filter(pk=task_id, project=project).first()
    if task is None:
        raise NotFound("task")
    faults = [
        Fault(f"/texts/{place}", f"A text of 1 to {LONGEST} characters.")
        for place, text in enumerate(texts)
        if not 1 <= len(text.strip()) <= LONGEST or json_problems(text)
    ]
    if len(texts) > MOST_MODEL_ANSWERS:
        faults.append(Fault("/texts", f"At most {MOST_MODEL_ANSWERS} texts."))
    if faults:
        raise invalid("The model answers cannot be kept like this.", faults)
    task.model_answers.all().delete()
    for text in texts:
        found = _print(text, task)
        packed = None if found is None else minhash.packed(found)
        ModelAnswer.objects.create(task=task, text=text, signature=packed, made_by=by.key)
    audit.record("model_answers_set", task, by=by, texts=len(texts))
    return len(texts)


def _print(text: str, task: Task) -> Signature | None:
    """The signature of what is left of a text without the runs of words of its task."""
    if len(minhash.words(text)) < LEAST_WORDS:
        return None
    return minhash.signature(text, "\n".join(_texts(task.payload)))


def _texts(value: object) -> Iterator[str]:
    """All texts of a payload, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for child in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(child)


def _keep(submission: Submission, prints: Mapping[str, Signature]) -> None:
    rows = [
        TextPrint(
            submission=submission,
            question=name,
            project_id=submission.task.project_id,
            annotator_id=submission.annotator_id,
            signature=minhash.packed(one),
            bands=minhash.bands(one),
        )
        for name, one in prints.items()
    ]
    TextPrint.objects.bulk_create(rows, ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(_BANDS, {"submission": submission.pk})


def _others(submission: Submission, question: str, one: Signature) -> list[tuple[float, uuid.UUID]]:
    """How near the texts of others are that share a band; those of the latest answers."""
    values: dict[str, Any] = {
        "bands": minhash.bands(one),
        "project": submission.task.project_id,
        "question": question,
        "annotator": submission.annotator_id,
        "most": MOST_COMPARED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, values)
        return [
            (minhash.similarity(one, minhash.unpacked(bytes(signature))), other)
            for signature, other in cursor.fetchall()
        ]
