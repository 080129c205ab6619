"""Signs of borrowed answers: kept with the hand-in, gathered by the check. They decide nothing.

Nothing here may lose an answer: a record that cannot be read is left out with a line in the log.
"""

import uuid
from typing import Any

import structlog
from django.db import transaction

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.expressions import Now
from tasks.actions import near_texts
from tasks.interface import record
from tasks.interface.record import Record
from tasks.interface.spec import Interface
from tasks.models import Assignment, Signals, SignalsSoFar, Submission
from tasks.quality import borrowed
from tasks.quality.borrowed import Facts
from tasks.states import HELD

log = structlog.get_logger(__name__)


def text_questions(interface: Interface) -> list[str]:
    """The questions that are answered in free text."""
    return [question.name for question in interface.questions if question.type == "text"]


def keep(submission: Submission, raw: str) -> Signals | None:
    """Keep what the page recorded, as a part of the hand-in; None if it recorded nothing.

    Without a record of its own it takes the counts of the last sign of life.
    """
    interface = Interface.load(submission.assignment.project.interface)
    questions = text_questions(interface)
    found = record.read(raw, questions)
    if raw and found is None:
        log.warning("signs_unreadable", submission=str(submission.pk), characters=len(raw))
    found = found or _so_far(submission.assignment_id)
    if found is None:
        return None
    texts = [str(submission.answer.get(name, "")) for name in questions]
    row = Signals(
        submission=submission,
        recorded=True,
        edits={"base": dict(found.base), "edits": list(found.edits)} if found.edits else {},
        cut=found.cut,
        answer_chars=sum(map(len, texts)),
        **_columns(found),
    )
    row.save(force_insert=True)
    return row


def beat(*, assignment_id: uuid.UUID, raw: str, by: Actor) -> None:
    """Keep the counts of a claim that is at work, as of now; what cannot be read is left out.

    Of one's own claim alone. Not in the audit trail, as the signs of life are not.
    """
    found = record.read(raw, [])
    rows = Assignment.objects.visible_to(by).filter(pk=assignment_id, state__in=HELD)
    if found is None or not rows.exists():
        return
    with transaction.atomic():
        SignalsSoFar.objects.update_or_create(
            assignment_id=assignment_id, defaults={"counts": dict(found.counts), "at": Now()}
        )


def gather(submission: Submission, *, by: Actor) -> Signals | None:
    """What the signs of a submission are, and how much likelier they make its review; again gives
    what was found the first time. None for a reviewer's edit: it is nobody's answer.

    Texts are compared with those of other annotators to the same question of the project, and with
    what a model said to the task. The caller is in the transaction of the check.
    """
    if submission.edited_by_id is not None:
        return None
    row = Signals.objects.select_for_update(no_key=True).filter(submission=submission).first()
    if row is not None and row.gathered_at is not None:
        return row
    interface = Interface.load(submission.task.project.interface)
    texts = {
        name: str(submission.answer[name])
        for name in text_questions(interface)
        if submission.answer.get(name)
    }
    row = row or Signals(submission=submission, answer_chars=sum(map(len, texts.values())))
    near = near_texts.compare(submission, texts)
    facts = _facts(row, near)
    row.paste_share = borrowed.paste_share(facts)
    row.keys_per_char = borrowed.keys_per_character(facts)
    row.near_share, row.near_id = near.share, near.submission_id
    row.flags = borrowed.signs(facts)
    row.extra_percent = borrowed.extra_percent(row.flags)
    row.gathered_at = Now()
    row.save()
    if row.flags:
        audit.record("signs_found", submission, by=by, signs=row.flags, extra=row.extra_percent)
    return row


def _facts(row: Signals, near: near_texts.Near) -> Facts:
    kept = row.edits or {}
    whole = Record({}, kept.get("base", {}), kept.get("edits", []), cut=row.cut).whole
    return Facts(
        characters=row.answer_chars,
        recorded=row.recorded,
        whole=whole,
        keystrokes=max(row.keystrokes, len(kept.get("edits", []))),
        typed=row.typed_chars,
        pasted=row.pasted_chars,
        quoted=row.quoted_chars,
        near_answer=near.answer,
        near_model=near.model,
    )


def _so_far(assignment_id: uuid.UUID) -> Record | None:
    counts = SignalsSoFar.objects.filter(pk=assignment_id).values_list("counts", flat=True).first()
    return None if counts is None else Record(counts, cut=True)


def _columns(found: Record) -> dict[str, Any]:
    names = {"typed": "typed_chars", "pasted": "pasted_chars", "quoted": "quoted_chars"}
    return {names.get(name, name): found.counts[name] for name in record.COUNTS}
