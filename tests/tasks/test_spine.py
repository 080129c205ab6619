"""One task on its way: posted, claimed, answered, accepted, concluded, earned."""

import pytest
from django.db import connection

from marketplace.core.models import AuditEntry
from payments.models import Earning, Reservation
from tasks.actions import weighing
from tasks.models import Assignment, Result, Task
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def test_one_task_travels_the_whole_way():
    who = work.expert()
    project = work.project(tasks=1, review_percent=0)

    row = work.claim(who)
    task = Task.objects.get()
    assert (task.state, task.open_slots) == ("filled", 0)
    assert (row.state, row.fence, row.guideline_version) == ("claimed", 1, 1)
    assert (row.price_minor, row.fee_minor, row.currency) == (500, 100, "usd")
    promise = Reservation.objects.get(holder=f"assignment:{row.pk}")
    assert (promise.state, promise.price_minor, promise.fee_minor) == ("held", 500, 100)

    submission = work.submit(row)
    assert (submission.version, submission.answer) == (1, work.RIGHT)
    assert work.check(submission) is True
    assert work.check(submission) is False

    row.refresh_from_db()
    assert row.state == "accepted"
    assert row.final_at is not None
    earning = Earning.objects.get()
    assert (earning.amount_minor, earning.annotator_id) == (500, who.pk)

    result = weighing.weigh(task_id=task.pk, by=work.BY)
    assert weighing.weigh(task_id=task.pk, by=work.BY) is None
    assert (result.answer, result.source, result.confidence) == (work.RIGHT, "submission", None)
    assert Result.objects.count() == Assignment.objects.count() == 1
    verbs = AuditEntry.objects.order_by("id").values_list("verb", flat=True)
    assert [v for v in verbs if v in ("claimed", "submitted", "accepted", "concluded")] == [
        "claimed",
        "submitted",
        "accepted",
        "concluded",
    ]
    assert project.pot == f"project:{project.pk}"
    connection.check_constraints()
