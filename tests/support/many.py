"""Thousands of answers in a few statements, as their annotator would have handed them in."""

import datetime as dt

from django.db import connection

from marketplace.core import clock
from tasks.actions.submissions import digest
from tasks.models import Assignment, Project, Submission, Task
from tests.support import factories_tasks as work

_RESERVE = """
SELECT count(*) FROM (
    SELECT payments_reserve(gen_random_uuid(), 'assignment:' || row.id, %s, %s, row.currency,
                            row.price_minor, row.fee_minor, 'command:tests') AS won
      FROM (SELECT * FROM tasks_assignment ORDER BY id LIMIT 500 OFFSET %s) row) made
 WHERE won"""


def handed_in(number: int) -> Project:
    """A project with that many answers, which all wait for their verdict, their money promised."""
    who = work.expert()
    project = work.project(tasks=number, fund=number * 1000)
    moment = clock.now()
    rows = [
        Assignment(
            task=task, project=project, annotator=who, state="submitted", currency="usd",
            price_minor=500, fee_minor=100, guideline_version=1, leased_until=moment,
            submitted_at=moment, accept_at=moment + dt.timedelta(hours=72),
        )
        for task in Task.objects.all()
    ]  # fmt: skip
    Assignment.objects.bulk_create(rows, batch_size=1000)
    mark = digest(work.RIGHT)
    Submission.objects.bulk_create(
        [
            Submission(
                assignment=row, task_id=row.task_id, annotator=who, version=1,
                answer=work.RIGHT, digest=mark, guideline_version=1,
            )
            for row in rows
        ],
        batch_size=1000,
    )  # fmt: skip
    Task.objects.update(state="filled", open_slots=0)
    with connection.cursor() as cursor:
        for start in range(0, number, 500):
            cursor.execute(_RESERVE, [project.pot, project.organization_id, start])
            assert cursor.fetchone() == (min(500, number - start),)
    return project
