"""What an adjudicator's decision says of those who answered, and of those who reviewed them."""

from marketplace.core.actors import Actor
from payments.actions.earnings import Accrual
from tasks.actions import learning, second, verdicts
from tasks.actions.locking import lock_assignment
from tasks.interface.spec import Interface
from tasks.models import Adjudication, Review, Submission
from tasks.quality.skill import ADJUDICATION
from tasks.selectors.accepted import own_answers, rejected_answers
from tasks.selectors.agreement_with import agreement
from tasks.states import CheckSource, RejectionCategory, ReviewKind, SkillEventKind, Verdict

# Their verdicts were about the answer itself.
CHECKED = (ReviewKind.FIRST, ReviewKind.SECOND)
FOUND_RIGHT = "An adjudicator has decided the task as you had answered it."


def follow(decision: Adjudication, *, by: Actor) -> int:
    """Count each accepted answer as right by the share of its choices that the decision has as
    well, and check its reviews against that; returns how many answers were counted.

    An earlier result or decision that had taught otherwise is taken back. Free text alone teaches
    nothing. The caller holds the lock of the task.
    """
    interface = Interface.load(decision.task.project.interface)
    rows = own_answers(decision.task)
    counted = 0
    for row in sorted(rows, key=lambda row: row.annotator_id):
        share = agreement(interface, row.answer, decision.answer)
        if share is not None:
            _teach(decision, row, share, by)
            _check(row, right=share >= 1)
            counted += 1
    return counted


def set_right(decision: Adjudication, *, by: Actor) -> list[Accrual]:
    """Check the reviews of rejected answers against the decision, and overturn the rejections, not
    final yet, of those that say the same in every choice; returns what that pays, for the caller to
    book. A rejection as copied stands: what was decided says nothing of that.
    """
    interface = Interface.load(decision.task.project.interface)
    paid = []
    for answer in rejected_answers(decision.task):
        share = agreement(interface, answer.answer, decision.answer)
        if share is None:
            continue
        _check(answer, right=share >= 1)
        row = lock_assignment(answer.assignment_id)
        copied = Review.objects.filter(
            submission=answer, verdict=Verdict.REJECT, category=RejectionCategory.COPIED
        )
        if share < 1 or row is None or row.final_at is not None or copied.exists():
            continue
        paid.append(verdicts.set_right(row, why=FOUND_RIGHT, by=by))
    return paid


def _teach(decision: Adjudication, row: Submission, share: float, by: Actor) -> None:
    earlier = Adjudication.objects.filter(task=decision.task_id).exclude(pk=decision.pk).count()
    why = "An adjudicator has decided the task."
    for key in (f"result:{row.pk}", *(_key(row, number) for number in range(earlier))):
        learning.undo(key=key, why=why, by=by)
    learning.learn(
        annotator_id=row.annotator_id,
        domain=decision.task.project.domain_id,
        kind=SkillEventKind.ADJUDICATION,
        key=_key(row, earlier),
        share=share,
        weight=ADJUDICATION,
        submission=row,
        by=by,
    )


def _key(row: Submission, earlier: int) -> str:
    """The first decision has the plain key."""
    return f"adjudication:{row.pk}" + (f":{earlier + 1}" if earlier else "")


def _check(row: Submission, *, right: bool) -> None:
    for review in Review.objects.filter(submission=row, kind__in=CHECKED):
        second.check(review, CheckSource.ADJUDICATION, was_right=right)
