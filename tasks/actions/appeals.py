"""Appeals: an annotator says that a rejection, or an event that lowered a skill, is wrong.

Somebody else who is qualified decides within 72 hours, with the annotator's text and without the
first verdict; else the annotator has won. What was wrong is repaired by the verdict itself.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import IntegrityError, transaction

from marketplace.core import audit, clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import move
from payments.actions.earnings import Accrual
from tasks.actions import gold, learning, requests, second, teaching, telling, verdicts
from tasks.actions.fixing import fix
from tasks.actions.locking import lock_assignment
from tasks.models import Appeal, Assignment, Review, SkillEvent, Submission
from tasks.selectors import appeals as reads
from tasks.states import (
    APPEAL_MOVES,
    AppealState,
    AssignmentState,
    CheckSource,
    ReviewKind,
    ReviewLevel,
    SkillEventKind,
    Verdict,
)

DECIDED_WITHIN = dt.timedelta(hours=72)
LEAST_TEXT, LONGEST_TEXT = 40, 4000
LAPSED = "Nobody decided the appeal in time."
FOUND_RIGHT = "Another reviewer has found this answer right."
BATCH = 200


@transaction.atomic
def against_rejection(*, assignment_id: uuid.UUID, text: str, by: Actor) -> Appeal:
    """Appeal one's own rejected answer, within APPEAL_DAYS of the verdict, once.

    Refuses `not_found`, `invalid` (422: a text of 40 to 4000 characters), `wrong_state`,
    `appealed_already`, `appeal_too_late`, `appeal_open` while one about a skill is decided.
    """
    text = _checked(text)
    row = _own(assignment_id, by)
    if row.state != AssignmentState.REJECTED:
        raise Refused("wrong_state", "Only a rejected answer can be appealed.")
    submission = row.submissions.order_by("version").last()
    if submission is None:
        raise NotFound("submission")
    _in_time(row.decided_at)
    if row.final_at is not None:
        raise _too_late()
    return _open(submission, Appeal(annotator=row.annotator, assignment=row, text=text), by)


@transaction.atomic
def against_event(*, event_id: uuid.UUID, text: str, by: Actor) -> Appeal:
    """Appeal an event that lowered one's own skill; otherwise as `against_rejection`.

    Refuses `not_appealable` where no answer lies behind the event, or it did not lower the skill.
    """
    text = _checked(text)
    event = SkillEvent.objects.visible_to(by).filter(pk=event_id).first()
    if event is None or by.kind is not ActorKind.USER:
        raise NotFound("skill event")
    if event.submission is None or not reads.lowered(event):
        raise Refused("not_appealable", "Only an event that lowered a skill can be appealed.")
    row = _own(event.submission.assignment_id, by)
    if SkillEvent.objects.filter(undoes=event).exists():
        raise Refused("wrong_state", "This event is undone already.")
    if not reads.in_time(event.at):
        raise _too_late()
    return _open(
        event.submission, Appeal(annotator=row.annotator, skill_event=event, text=text), by
    )


def _checked(text: str) -> str:
    text = text.strip()
    if "\x00" in text or not LEAST_TEXT <= len(text) <= LONGEST_TEXT:
        words = f"Say why it is wrong, in {LEAST_TEXT} to {LONGEST_TEXT} characters."
        raise invalid("The appeal cannot be kept like this.", [Fault("/text", words)])
    return text


def _own(assignment_id: uuid.UUID, by: Actor) -> Assignment:
    mine = Assignment.objects.visible_to(by).filter(pk=assignment_id).exists()
    row = lock_assignment(assignment_id) if mine and by.kind is ActorKind.USER else None
    if row is None:
        raise NotFound("assignment")
    return row


def _in_time(since: dt.datetime | None) -> None:
    if since is None or since + dt.timedelta(days=settings.APPEAL_DAYS) <= clock.now():
        raise _too_late()


def _too_late() -> Refused:
    return Refused("appeal_too_late", f"An appeal is possible for {settings.APPEAL_DAYS} days.")


def _open(submission: Submission, appeal: Appeal, by: Actor) -> Appeal:
    """One appeal for each answer, since a won one repairs pay and skill alike.

    Only a rejection that came after an appeal of what the answer did to a skill can still be
    appealed, once that is decided: pay is at stake.
    """
    earlier = reads.about([submission.assignment_id])
    if earlier and (appeal.assignment is None or any(one.assignment_id for one in earlier)):
        raise Refused("appealed_already", "This answer was appealed already.")
    if any(one.state == AppealState.OPEN for one in earlier):
        raise Refused("appeal_open", "Your appeal about the skill is decided first.")
    appeal.due_at = clock.now() + DECIDED_WITHIN
    appeal.request = requests.ask(
        kind=ReviewKind.APPEAL,
        submission=submission,
        level=ReviewLevel.SENIOR,
        due_at=appeal.due_at,
        by=by,
    )
    try:
        with transaction.atomic():
            appeal.save(force_insert=True)
    except IntegrityError:
        raise Refused("appealed_already", "This answer was appealed already.") from None
    audit.record("appealed", appeal, by=by, submission=str(submission.pk))
    return appeal


def decided(review: Review, row: Assignment | None, paid: Sequence[Accrual], *, by: Actor) -> bool:
    """Another reviewer has judged the answer: won with `accept` or `fix`, else lost.

    True if that booked `paid` with the annotator's pay. An appeal that lapsed meanwhile stays won.
    The caller holds task and assignment.
    """
    appeal = _locked(review.assignment.request_id)
    if appeal is None or row is None or appeal.state != AppealState.OPEN:
        return False
    won = review.verdict in (Verdict.ACCEPT, Verdict.FIX)
    for one in Review.objects.filter(
        submission=review.submission, kind=ReviewKind.FIRST, verdict=Verdict.REJECT
    ):
        second.check(one, CheckSource.APPEAL, was_right=review.verdict == Verdict.ACCEPT)
    if not won:
        _end(appeal, AppealState.LOST, review.text, by)
        telling.appeal_lost(row, appeal)
        return False
    why = review.text or FOUND_RIGHT
    _end(appeal, AppealState.WON, why, by)
    if appeal.assignment_id is None:
        judged = review.verdict == Verdict.ACCEPT
        _repair_skill(appeal, row, why, by, judged=judged)
        return False
    if review.verdict == Verdict.FIX and row.state == AssignmentState.REJECTED:
        fix(review, row, by=by)
    teaching.of_review(review, by=by)
    verdicts.overturn(row, why=why, by=by, also=paid)
    return True


def lapse(*, by: Actor) -> int:
    """Up to 200 appeals that nobody decided in time are won; returns how many were."""
    due = reads.overdue().values_list("pk", flat=True)[:BATCH]
    return sum(_lapse(pk, by) for pk in list(due))


@transaction.atomic
def _lapse(appeal_id: uuid.UUID, by: Actor) -> bool:
    found = Appeal.objects.select_related("request__submission").get(pk=appeal_id)
    submission = found.request.submission
    row = lock_assignment(submission.assignment_id, skip_locked=True) if submission else None
    appeal = _locked(found.request_id)
    if row is None or appeal is None or appeal.state != AppealState.OPEN:
        return False
    _end(appeal, AppealState.LAPSED, LAPSED, by)
    requests.withdraw(appeal.request, by=by)
    if appeal.assignment_id is None:
        _repair_skill(appeal, row, LAPSED, by, judged=False)
    else:
        verdicts.overturn(row, why=LAPSED, by=by, judged=False)
    return True


def _locked(request_id: uuid.UUID) -> Appeal | None:
    rows = Appeal.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("request", "skill_event").filter(request=request_id).first()


def _end(appeal: Appeal, to: AppealState, reason: str, by: Actor) -> None:
    move(appeal, to, APPEAL_MOVES, decided_at=Now(), reason=reason)
    audit.record(f"appeal_{to}", appeal, by=by, reason=reason)


def _repair_skill(appeal: Appeal, row: Assignment, why: str, by: Actor, *, judged: bool) -> None:
    event = appeal.skill_event
    if event is not None:
        if event.kind == SkillEventKind.GOLD:
            gold.set_aside(event.submission, judged=judged, why=why, by=by)
        learning.undo(key=event.key, why=why, by=by)
        telling.event_undone(row, why)
