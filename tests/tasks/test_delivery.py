"""What clients get out, and what annotators see of their past."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks.models import Assignment, Task
from tasks.selectors import delivery, history, work
from tests.support import factories_accounts as people
from tests.support import factories_tasks as tasks

pytestmark = pytest.mark.django_db


def concluded(number=1, **other):
    crowd = [tasks.expert() for _ in range(2)]
    project = tasks.project(tasks=number, overlap=2, **other)
    for _ in range(number):
        for who in crowd:
            tasks.review(tasks.submit(tasks.claim(who, project_id=project.pk)))
    tasks.run_jobs("tasks.weigh_task")
    return project, crowd


def test_a_record_says_what_and_where_it_came_from():
    project, crowd = concluded()
    (record,) = delivery.results(project.pk)
    task = Task.objects.get()
    assert record["task_id"] == str(task.pk)
    assert (record["delivery"], record["inspected"]) == (None, False)
    assert (record["external_id"], record["batch_id"]) == ("t0", str(task.batch_id))
    assert (record["answer"], record["source"]) == (tasks.RIGHT, "majority")
    assert (record["confidence"], record["calibrated"], record["submissions"]) == (1.0, False, 2)
    answers = record["provenance"]["answers"]
    assert [one["annotator"] for one in answers] == [str(who.pseudonym) for who in crowd]
    assert answers[0]["credentials"] == [{"kind": "degree", "domain": "engineering.software"}]
    assert (answers[0]["guideline_version"], answers[0]["version"]) == (1, 1)
    assert [one["verdict"] for one in answers[0]["reviews"]] == ["accept"]
    assert (record["timed_out"], answers[0]["timed_out"]) == (False, False)
    assert answers[0]["judged"] == "accepted"
    assert record["provenance"]["adjudication"] is None
    emails = [who.user.email for who in crowd]
    assert not any(
        email in str(record) or str(who.pk) in str(record)
        for email, who in zip(emails, crowd, strict=True)
    )


def test_other_projects_and_open_tasks_are_not_delivered():
    project, _crowd = concluded()
    other = tasks.project(tasks=1)
    assert len(list(delivery.results(project.pk))) == 1
    assert list(delivery.results(other.pk)) == []


def test_statements_grow_with_chunks_not_with_results(monkeypatch):
    monkeypatch.setattr(delivery, "CHUNK", 2)
    project, _crowd = concluded(3)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert len(list(delivery.results(project.pk))) == 3
    assert len(seen) == 1 + 2 * 5


def test_history_shows_each_version_with_its_verdict_and_reason():
    who = tasks.expert()
    tasks.project()
    first = tasks.submit(tasks.claim(who))
    tasks.review(first, "return", text="Name an input.")
    row = Assignment.objects.select_related("task", "project", "annotator__user").get()
    page = work.page(row)
    assert (page.correction.text, page.answer) == ("Name an input.", tasks.RIGHT)
    assert page.reclaimable is False
    tasks.review(tasks.submit(row, tasks.WRONG), "reject")
    (line,) = history.rows(who.pk)
    assert (line.assignment.state, line.verdict.verdict) == ("rejected", "reject")
    seen = history.one(line.assignment)
    assert [(v.submission.version, v.review.verdict, v.review.text) for v in seen.versions] == [
        (2, "reject", tasks.REASON),
        (1, "return", "Name an input."),
    ]
    assert [a.name for a in seen.versions[0].answer] == ["verdict", "fault", "why"]
    assert history.rows(people.annotator().pk) == []
