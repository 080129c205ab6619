"""What an answer to a gold task is worth: scored once, it moves the annotator's skill; and when the
known answer is itself in doubt.
"""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.states import move
from tasks.actions import learning, telling
from tasks.interface.spec import Interface
from tasks.interface.tolerance import scored
from tasks.models import (
    Appeal,
    Assignment,
    Gold,
    GoldAnswer,
    GoldStanding,
    Review,
    ReviewCheck,
    Skill,
    SkillEvent,
    Submission,
)
from tasks.quality.gold_scoring import GOOD, doubtful, right
from tasks.states import (
    GOLD_MOVES,
    AppealState,
    AssignmentState,
    CheckSource,
    GoldState,
    RejectionCategory,
    ReviewKind,
    SkillEventKind,
    Verdict,
)

IN_DOUBT = "Annotators who are good elsewhere fail it: {right} of {seen} were right."
# Of settling: a run leaves the rest to the next one, well before a job's time limit.
BATCH, BUDGET_SECONDS = 200, 20.0
FIRST = uuid.UUID(int=0)
TAKEN_BACK = "The known answer of the task is in doubt."


@dataclass(frozen=True, slots=True)
class Scored:
    """Whether an answer is right as a whole, and each question that was scored."""

    right: bool
    questions: Mapping[str, bool]


def compare(gold: Gold, answer: Mapping[str, Any], interface: Interface) -> Scored:
    """An answer beside the known one, with its tolerance.

    Questions that the known answer hides are not scored, nor those that this answer hides: what
    hides them is wrong already.
    """
    shown = {question.name for question in interface.shown(answer)}
    questions = {
        question.name: right(
            question.type,
            gold.answer.get(question.name),
            answer.get(question.name),
            gold.tolerance.get(question.name, {}),
            gold.task.payload.get(question.field) or "",
        )
        for question in scored(interface, gold.answer, gold.tolerance)
        if question.name in shown
    }
    return Scored(all(questions.values()) and bool(questions), questions)


@transaction.atomic
def score(submission: Submission, *, by: Actor) -> GoldAnswer | None:
    """Score an annotator's first answer to a gold task; None for any other submission, and again.

    It counts in the gold's numbers and in the annotator's standing with the project's gold, and
    moves their skill; of training gold it moves nothing but the gold's own numbers. When good
    annotators fail the gold (`tasks.quality.gold_scoring.doubtful`), it goes into quarantine. The
    caller holds task and assignment.
    """
    gold = _locked(submission.task_id)
    if gold is None or _answered_before(gold, submission):
        return None
    found = compare(gold, submission.answer, Interface.load(gold.project.interface))
    row = GoldAnswer(
        submission=submission,
        gold=gold,
        annotator_id=submission.annotator_id,
        right=found.right,
        questions=dict(found.questions),
        counts=gold.state == GoldState.ACTIVE and not gold.training,
    )
    row.save(force_insert=True)
    _count(gold, row)
    if not gold.training:
        _stand(gold, row)
    if row.counts:
        _learn(gold, row, by)
    if gold.state == GoldState.ACTIVE and doubtful(gold.good_right, gold.good_seen):
        _quarantine(gold, by)
    return row


def _locked(task_id: uuid.UUID) -> Gold | None:
    return (
        Gold.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project__organization", "task")
        .filter(pk=task_id)
        .first()
    )


def _answered_before(gold: Gold, submission: Submission) -> bool:
    """Only what they answered first tells what they knew: reviewers help with corrections."""
    if GoldAnswer.objects.filter(gold=gold, annotator_id=submission.annotator_id).exists():
        return True
    earlier = Submission.objects.filter(
        task_id=submission.task_id, annotator_id=submission.annotator_id
    )
    return bool(earlier.order_by("submitted_at", "pk").first() != submission)


def _count(gold: Gold, row: GoldAnswer) -> None:
    good = (
        row.counts
        and Skill.objects.filter(
            annotator_id=row.annotator_id, domain_id=gold.project.domain_id, lower__gt=GOOD
        ).exists()
    )
    gold.seen += 1
    gold.right += int(row.right)
    gold.good_seen += int(good)
    gold.good_right += int(good and row.right)
    gold.save(update_fields=["seen", "right", "good_seen", "good_right"])


def _stand(gold: Gold, row: GoldAnswer) -> None:
    GoldStanding.objects.filter(project_id=gold.project_id, annotator_id=row.annotator_id).update(
        answered=F("answered") + 1,
        right=F("right") + int(row.right and row.counts),
    )


def _learn(gold: Gold, row: GoldAnswer, by: Actor) -> None:
    """Each answer teaches once; one that counts again after a quarantine is a new event."""
    events = SkillEvent.objects.filter(submission_id=row.pk, kind=SkillEventKind.GOLD)
    known = events.count()
    learning.learn(
        annotator_id=row.annotator_id,
        domain=gold.project.domain_id,
        kind=SkillEventKind.GOLD,
        key=f"gold:{row.pk}" + (f":{known + 1}" if known else ""),
        share=float(row.right),
        weight=1.0,
        submission=row.submission,
        by=by,
    )


def _quarantine(gold: Gold, by: Actor) -> None:
    """From now on nobody is given it; a job takes back what it taught."""
    why = IN_DOUBT.format(right=gold.good_right, seen=gold.good_seen)
    move(gold, GoldState.QUARANTINED, GOLD_MOVES, quarantined_why=why)
    audit.record("gold_quarantined", f"task:{gold.pk}", by=by, reason=why)
    outbox.enqueue("tasks.settle_gold", gold_id=str(gold.pk))
    text = f"{gold.project.name}: a gold task needs a look. {why}"
    telling.managers(gold.project, "gold", text)


def settle(
    *, gold_id: uuid.UUID, by: Actor, after: uuid.UUID = FIRST, seconds: float = BUDGET_SECONDS
) -> int:
    """Bring what a gold task taught in line with its state: in quarantine it moves no skill and
    checks no reviewer, released it does again. Pay is never touched. Returns how many answers
    changed; running again changes none.

    Each answer is a transaction of its own, in the order of their ids, from the one after `after`:
    a run that dies is finished by the next. Out of time, the rest is promised.
    """
    until = time.monotonic() + seconds
    changed = 0
    while ids := _unsettled(gold_id, after):
        for pk in ids:
            changed += _settle_one(gold_id, pk, by)
            if time.monotonic() >= until:
                with transaction.atomic():
                    outbox.enqueue("tasks.settle_gold", gold_id=str(gold_id), after=str(pk))
                return changed
        after = ids[-1]
    return changed


def _unsettled(gold_id: uuid.UUID, after: uuid.UUID) -> list[uuid.UUID]:
    rows = GoldAnswer.objects.filter(gold_id=gold_id, gold__training=False, pk__gt=after)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _settle_one(gold_id: uuid.UUID, submission_id: uuid.UUID, by: Actor) -> bool:
    """One annotator's answer, and the reviews of what they answered."""
    gold = _locked(gold_id)
    row = GoldAnswer.objects.select_related("submission").get(pk=submission_id)
    if gold is None or gold.state == GoldState.RETIRED:
        return False
    _settle_reviews(gold, row, by)
    counts = gold.state == GoldState.ACTIVE and not _found_right(row)
    if row.counts == counts:
        return False
    row.counts = counts
    row.save(update_fields=["counts"])
    sign = 1 if counts else -1
    if row.right:
        standing = GoldStanding.objects.filter(
            project_id=gold.project_id, annotator_id=row.annotator_id
        )
        standing.update(right=F("right") + sign)
    if counts:
        _learn(gold, row, by)
        return True
    for event in SkillEvent.objects.filter(
        submission_id=row.pk, kind=SkillEventKind.GOLD, undone_by__isnull=True
    ):
        learning.undo(key=event.key, why=TAKEN_BACK, by=by)
    return True


def _settle_reviews(gold: Gold, row: GoldAnswer, by: Actor) -> None:
    reviews = Review.objects.filter(
        submission__task_id=gold.pk,
        submission__annotator_id=row.annotator_id,
        kind=ReviewKind.FIRST,
    )
    if gold.state == GoldState.QUARANTINED:
        ReviewCheck.objects.filter(review__in=reviews, source=CheckSource.GOLD).delete()
        return
    for review in reviews.select_related("submission"):
        check_reviewer(review, by=by)


def _found_right(row: GoldAnswer) -> bool:
    """Whether an answer that the gold calls wrong was found right by appeal or a second look."""
    won = Appeal.objects.filter(
        skill_event__submission=row.pk, state__in=[AppealState.WON, AppealState.LAPSED]
    )
    overturned = Assignment.objects.filter(
        submissions=row.pk, state=AssignmentState.ACCEPTED, adverse_act__reversed_at__isnull=False
    )
    return not row.right and (won.exists() or overturned.exists())


@transaction.atomic
def set_aside(
    submission: Submission | None, *, judged: bool, why: str, by: Actor
) -> GoldAnswer | None:
    """An answer stands though the gold calls it wrong: what it taught is undone, and it counts no
    more. None where the gold has nothing against it.

    With `judged` a person has found it right, and not merely nobody in time: then it speaks against
    the gold as the answer of a good annotator does, and may bring it into quarantine. An answer
    that was corrected to the known one leaves the first one's loss.
    The caller holds task and assignment.
    """
    if submission is None:
        return None
    rows = GoldAnswer.objects.filter(submission__assignment=submission.assignment_id)
    row = rows.filter(right=False, counts=True).first()
    gold = _locked(submission.task_id) if row else None
    if row is None or gold is None:
        return None
    if compare(gold, submission.answer, Interface.load(gold.project.interface)).right:
        return None
    row.counts = False
    row.save(update_fields=["counts"])
    taught = SkillEvent.objects.filter(submission_id=row.pk, kind=SkillEventKind.GOLD)
    first = taught.order_by("at").first()
    for event in taught.filter(undone_by__isnull=True):
        learning.undo(key=event.key, why=why, by=by)
    counted = first is not None and first.lower_before > GOOD
    if judged and not counted and gold.good_seen < gold.seen:
        gold.good_seen += 1
        gold.save(update_fields=["good_seen"])
    if gold.state == GoldState.ACTIVE and doubtful(gold.good_right, gold.good_seen):
        _quarantine(gold, by)
    return row


def check_reviewer(review: Review, *, by: Actor) -> ReviewCheck | None:
    """A first review of an answer to a gold task tells something of its reviewer: whether the
    answer was right is known. None for any other review, and while the gold is in doubt; and where
    a right choice was denied for another reason beside questions that gold does not score: the
    reasons given may be bad.
    """
    if review.kind != ReviewKind.FIRST or review.submission is None:
        return None
    gold = (
        Gold.objects.select_related("project", "task")
        .filter(pk=review.task_id, state=GoldState.ACTIVE)
        .first()
    )
    if gold is None:
        return None
    interface = Interface.load(gold.project.interface)
    found = compare(gold, review.submission.answer, interface)
    shown = {question.name for question in interface.shown(review.submission.answer)}
    denied = review.verdict != Verdict.ACCEPT and review.category != RejectionCategory.WRONG
    if found.right and denied and shown - found.questions.keys():
        return None
    row, made = ReviewCheck.objects.get_or_create(
        review=review, source=CheckSource.GOLD, defaults={"was_right": found.right}
    )
    if made:
        audit.record("reviewer_checked", f"review:{review.pk}", by=by, was_right=found.right)
    return row
