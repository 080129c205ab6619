"""What a result says of those who answered: agreement with it moves their skill, a little.

Only a result whose confidence gold has calibrated, and that came of several answers: a majority of
people who err alike, or an answer that agrees with itself, proves nothing.
"""

import uuid

from django.db import transaction

from marketplace.core.actors import Actor
from tasks.actions import learning
from tasks.interface.spec import Interface
from tasks.models import Result
from tasks.selectors.accepted import own_answers
from tasks.selectors.agreement_with import agreement
from tasks.states import ResultSource, SkillEventKind

# A gold answer counts 1: the truth is known there, here only likely.
WEIGHT = 0.25
LEAST_ANSWERS = 2
TEACHING = (ResultSource.MAJORITY, ResultSource.MODEL)


@transaction.atomic
def learn_from(*, task_id: uuid.UUID, by: Actor) -> int:
    """Count each accepted answer of a task, as its annotator wrote it, as right by the share of its
    questions that agree with the result; returns how many were counted now. Each counts once.
    """
    result = Result.objects.select_related("task__project").filter(task_id=task_id).first()
    if result is None or not teaches(result):
        return 0
    interface = Interface.load(result.task.project.interface)
    events = 0
    for row in sorted(own_answers(result.task), key=lambda row: row.annotator_id):
        share = agreement(interface, row.answer, result.answer)
        event = None
        if share is not None:
            event = learning.learn(
                annotator_id=row.annotator_id,
                domain=result.task.project.domain_id,
                kind=SkillEventKind.RESULT,
                key=f"result:{row.pk}",
                share=share,
                weight=WEIGHT,
                by=by,
                submission=row,
            )
        events += event is not None
    return events


def teaches(result: Result) -> bool:
    """Whether agreement with it says something of an annotator."""
    several = result.submissions >= LEAST_ANSWERS
    return several and result.calibrated and result.source in TEACHING
