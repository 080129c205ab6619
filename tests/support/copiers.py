"""A crowd that has answered: rows as the doors leave them, some hundreds at once."""

import random

from marketplace.core import clock
from tasks.models import Assignment, Submission
from tests.support import factories_tasks as work

CLASSES = ("a", "b", "c", "d")
INTERFACE = {
    **work.INTERFACE,
    "questions": [
        {"name": "kind", "type": "choice", "required": True, "options": list(CLASSES)},
        {"name": "why", "type": "text"},
    ],
}


def answered(*, tasks=40, people=8, skill=0.75, copied=0.0, seed=1, interface=INTERFACE):
    """A project whose tasks all these experts answered, each right with chance `skill`; the second
    one copied this share of the first one's answers. Returns the project and the experts.
    """
    chance = random.Random(seed)
    crowd = [work.expert() for _ in range(people)]
    project = work.project(tasks=tasks, interface=interface, overlap=people, review_percent=0)
    more_answers(project, crowd, chance, skill, copied)
    return project, crowd


def more_answers(project, crowd, chance, skill=0.75, copied=0.0):
    """Answers to the tasks that have none yet."""
    for task in project.tasks.filter(assignments__isnull=True).order_by("pk"):
        truth = chance.choice(CLASSES)
        said = [_said(truth, chance, skill) for _ in crowd]
        if chance.random() < copied:
            said[1] = said[0]
        made = Assignment.objects.bulk_create(
            Assignment(
                task=task,
                project=project,
                annotator=who,
                state="accepted",
                currency=project.currency,
                price_minor=500,
                fee_minor=100,
                guideline_version=1,
                leased_until=clock.now(),
                submitted_at=clock.now(),
                decided_at=clock.now(),
                final_at=clock.now(),
            )
            for who in crowd
        )
        Submission.objects.bulk_create(
            Submission(
                assignment=row,
                task=task,
                annotator=row.annotator,
                version=1,
                answer={"kind": kind, "why": f"It looks like {kind}."},
                digest="x",
                guideline_version=1,
            )
            for row, kind in zip(made, said, strict=True)
        )


def _said(truth, chance, skill):
    right = chance.random() < skill
    return truth if right else chance.choice([one for one in CLASSES if one != truth])
