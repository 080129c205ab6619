"""Uploads at once: a name stays unique, and the second sender is told."""

import pytest

from tasks.actions import intake
from tasks.models import Batch, Task
from tests.support import factories_tasks as work
from tests.support.races import Gate, codes, times, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def post(project):
    return intake.post_tasks(project_id=project.pk, rows=work.rows(50), by=work.BY)


def test_the_same_batch_at_once_is_stored_once_and_the_others_are_told():
    project = work.project(tasks=0, fund=0, active=False)
    outcomes = times(4, lambda: post(project))
    assert (len(values(outcomes)), codes(outcomes)) == (1, ["invalid_rows"] * 3)
    assert (Batch.objects.count(), Task.objects.count()) == (1, 50)


def test_control_without_the_projects_lock_the_database_must_stop_it(monkeypatch):
    project = work.project(tasks=0, fund=0, active=False)
    gate, known = Gate(2), intake._refuse_known

    def slowly(row, rows):
        known(row, rows)
        gate.wait()

    monkeypatch.setattr(intake, "project_for_change", lambda *_: project)
    monkeypatch.setattr(intake, "_refuse_known", slowly)
    outcomes = times(2, lambda: post(project))
    assert sum(o.error is not None for o in outcomes) == 1
    assert codes(outcomes) == []
