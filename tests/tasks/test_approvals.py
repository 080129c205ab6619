"""Approvals by the thousand: asked for by clients' programs and at the desk, done exactly once."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.selectors.actors import of_staff
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from payments.models import Earning
from tasks.actions import approvals, reviews, verdicts
from tasks.models import Assignment, BulkApproval, BulkApprovalItem, ReviewRequest, Submission
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.api import Api
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db


def handed_in(number, **project):
    """Answers that wait for their review."""
    who = work.expert()
    row = work.project(tasks=number, **project)
    rows = [work.submit(work.claim(who)) for _ in range(number)]
    for one in rows:
        work.check(one)
    return row, rows


def ask(project, rows):
    return approvals.ask(project_id=project.pk, submission_ids=[r.pk for r in rows], by=work.BY)


def run(row):
    return approvals.run(approval_id=row.pk, by=work.BY)


def states(row):
    items = BulkApprovalItem.objects.filter(approval=row).order_by("submission")
    return list(items.values_list("state", "reason"))


def test_each_is_accepted_and_paid_once_and_needs_no_review():
    project, rows = handed_in(3, second_percent=100)
    row = ask(project, rows)
    assert (row.finished_at, Earning.objects.count()) == (None, 0)
    assert (run(row), run(row)) == (3, 0)
    assert [e.amount_minor for e in Earning.objects.all()] == [500] * 3
    assert set(Assignment.objects.values_list("state", flat=True)) == {"accepted"}
    assert set(ReviewRequest.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert AuditEntry.objects.filter(verb="accepted", reason=f"approval:{row.pk}").count() == 3
    assert OutboxMessage.objects.filter(job="tasks.weigh_task").count() >= 3
    row.refresh_from_db()
    assert row.finished_at is not None


def test_what_cannot_be_accepted_is_refused_with_its_reason():
    project, rows = handed_in(5)
    accepted, rejected, held, returned, good = rows
    work.review(accepted, "accept")
    work.review(rejected, "reject")
    person = people.staff()
    reviews.claim(submission_id=held.pk, by=of_staff(person), user=person)
    work.review(returned, "return")
    work.submit(Assignment.objects.select_related("annotator__user").get(pk=returned.assignment_id))
    row = ask(project, rows)
    assert run(row) == 1
    reasons = ["already_accepted", "wrong_state", "in_review", "not_latest"]
    assert states(row) == [*[("refused", reason) for reason in reasons], ("done", "")]
    assert Assignment.objects.get(pk=good.assignment_id).state == "accepted"
    assert Assignment.objects.get(pk=held.assignment_id).state == "submitted"


def test_one_that_cannot_be_paid_keeps_no_other_from_its_money(monkeypatch):
    project, rows = handed_in(4)
    accept_many = verdicts.accept_many

    def broken(given, **other):
        if rows[1].assignment_id in [one.pk for one in given]:
            raise Refused("not_reserved", "Its promise is gone.")
        accept_many(given, **other)

    monkeypatch.setattr(verdicts, "accept_many", broken)
    row = ask(project, rows)
    assert run(row) == 3
    assert [s for s in states(row) if s[0] == "refused"] == [("refused", "not_reserved")]


@pytest.mark.parametrize("number", [0, 10_001])
def test_one_to_ten_thousand(number):
    project = work.project(tasks=0)
    with pytest.raises(Refused) as caught:
        approvals.ask(project_id=project.pk, submission_ids=work.new_ids(number), by=work.BY)
    assert [f.pointer for f in caught.value.faults] == ["/submissions"]


def test_strange_and_double_ids_are_named_and_nothing_is_approved():
    project, (one,) = handed_in(1)
    _, (other,) = handed_in(1)
    ids = [one.pk, other.pk, uuid.uuid4(), one.pk]
    with pytest.raises(Refused) as caught:
        approvals.ask(project_id=project.pk, submission_ids=ids, by=work.BY)
    assert [f.pointer for f in caught.value.faults] == [f"/submissions/{n}" for n in (1, 2, 3)]
    assert BulkApproval.objects.count() == 0


def test_a_run_out_of_time_promises_the_rest(monkeypatch):
    monkeypatch.setattr(approvals, "BATCH", 2)
    project, rows = handed_in(5)
    row = ask(project, rows)
    assert approvals.run(approval_id=row.pk, by=work.BY, seconds=0) == 2
    assert OutboxMessage.objects.filter(job="tasks.approve_many").count() == 2
    work.run_jobs("tasks.approve_many")
    assert Earning.objects.count() == 5
    row.refresh_from_db()
    assert row.finished_at is not None


def test_an_approval_whose_job_was_lost_is_found():
    project, rows = handed_in(1)
    row = ask(project, rows)
    OutboxMessage.objects.filter(job="tasks.approve_many").delete()
    assert approvals.promise_overdue() == 0
    clock.advance(approvals.LATE * 2)
    assert approvals.promise_overdue() == 1
    work.run_jobs("tasks.approve_many")
    assert (approvals.promise_overdue(), Earning.objects.count()) == (0, 1)
    assert BulkApproval.objects.get() == row


def test_a_batch_is_a_fixed_number_of_statements_but_for_its_earnings():
    taken = []
    for number in (2, 6):
        project, rows = handed_in(number)
        row = ask(project, rows)
        with CaptureQueriesContext(connection) as seen:
            run(row)
        taken.append(len([q for q in seen if "payments_earning" not in q["sql"]]))
    assert taken[1] - taken[0] <= 4 * 4  # an earning's row, its audit entry and its reservation


# --------------------------------------------------------------------------------- doors


def test_a_client_reads_what_waits_approves_it_and_follows_how_far_it_is():
    project, rows = handed_in(2)
    client = Api(project.organization)
    base = f"/projects/{project.pk}"
    status, page = client.get(f"{base}/submissions")
    waiting = page["results"]
    assert (status, [one["id"] for one in waiting]) == (200, [str(rows[1].pk), str(rows[0].pk)])
    assert waiting[1]["annotator"] == str(rows[0].annotator.pseudonym)
    assert waiting[1]["answer"] == work.RIGHT
    body = {"submissions": [one["id"] for one in waiting]}
    first = client.post(f"{base}/approvals", body, **{"Idempotency-Key": "a"})
    again = client.post(f"{base}/approvals", body, **{"Idempotency-Key": "a"})
    assert (first[0], again) == (202, first)
    assert BulkApproval.objects.count() == 1
    where = f"{base}/approvals/{first[1]['id']}"
    assert client.get(where) == (200, {**first[1], "state": "running", "done": 0})
    work.run_jobs("tasks.approve_many")
    found = client.get(where)[1]
    assert (found["state"], found["total"], found["done"], found["refused"]) == ("done", 2, 2, [])
    assert client.get(f"{base}/submissions")[1]["results"] == []
    second = client.post(f"{base}/approvals", body)[1]
    work.run_jobs("tasks.approve_many")
    refused = client.get(f"{base}/approvals/{second['id']}")[1]["refused"]
    assert sorted(one["submission"] for one in refused) == sorted(body["submissions"])
    assert {one["reason"] for one in refused} == {"already_accepted"}


def test_the_answer_says_where_to_look():
    project, rows = handed_in(1)
    client = Api(project.organization)
    path = f"/api/v1/projects/{project.pk}/approvals"
    body = {"submissions": [str(rows[0].pk)]}
    reply = client.http.post(path, body, content_type="application/json")
    assert reply["Location"] == f"{path}/{BulkApproval.objects.get().pk}"
    assert client.http.get(reply["Location"]).status_code == 200


def test_another_client_finds_nothing():
    project, rows = handed_in(1)
    row = ask(project, rows)
    stranger = Api()
    base = f"/projects/{project.pk}"
    for status, _ in (
        stranger.get(f"{base}/submissions"),
        stranger.post(f"{base}/approvals", {"submissions": [str(rows[0].pk)]}),
        stranger.get(f"{base}/approvals/{row.pk}"),
    ):
        assert status == 404
    assert BulkApproval.objects.count() == 1


def test_staff_accept_what_they_choose_but_nothing_of_their_own():
    handed_in(2)
    staff = Desk()
    url = reverse("admin:tasks_submission_changelist")
    rows = [str(pk) for pk in Submission.objects.values_list("pk", flat=True)]
    reply = staff.browser.post(url, {"action": "approve", "_selected_action": rows}, follow=True)
    assert [str(m) for m in reply.context["messages"]] == ["2 answers are accepted now."]
    work.run_jobs("tasks.approve_many")
    assert set(Assignment.objects.values_list("state", flat=True)) == {"accepted"}
    who = work.expert(person=staff.person)
    work.project(tasks=1)
    mine = work.submit(work.claim(who))
    staff.browser.post(url, {"action": "approve", "_selected_action": [str(mine.pk)]})
    assert BulkApproval.objects.count() == 1
    assert Assignment.objects.get(annotator=who).state == "submitted"
