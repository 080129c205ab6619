"""What a verdict teaches about an annotator's skill.

A reviewer errs as well, so a verdict counts half as much as gold; an answer to gold is not counted
twice. An accepted answer counts at once, a rejected one only when its rejection is final.
"""

from marketplace.core.actors import Actor
from tasks.actions import learning
from tasks.interface.spec import Interface
from tasks.models import GoldAnswer, Review, SkillEvent, Submission
from tasks.quality.skill import REVIEW
from tasks.selectors.changes import share_changed
from tasks.states import SkillEventKind, Verdict


def of_review(review: Review, *, by: Actor) -> SkillEvent | None:
    """Count a verdict that stands: 1 for an accepted answer, 0 for a rejected one, and for one that
    was fixed as far as it was left as it stood. Once for each review; None for known answers, which
    count by themselves, and for a return.

    The caller holds task and assignment.
    """
    submission = review.submission
    if submission is None or review.verdict == Verdict.RETURN:
        return None
    if GoldAnswer.objects.filter(submission=submission, counts=True).exists():
        return None
    return learning.learn(
        annotator_id=submission.annotator_id,
        domain=submission.task.project.domain_id,
        kind=SkillEventKind.REVIEW,
        key=f"review:{review.pk}",
        share=_share(review, submission),
        weight=REVIEW,
        submission=submission,
        by=by,
    )


def _share(review: Review, submission: Submission) -> float:
    if review.verdict == Verdict.REJECT:
        return 0.0
    if review.answer is None:
        return 1.0
    interface = Interface.load(submission.task.project.interface)
    return 1.0 - share_changed(interface, submission.answer, review.answer)
