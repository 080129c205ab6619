"""Jobs and sweeps: on nothing, twice, and through the outbox as a worker runs them."""

import datetime as dt

import pytest

from accounts.actions import walls
from marketplace.core import clock
from marketplace.core.ids import new_id
from marketplace.core.models import AuditEntry, OutboxMessage
from marketplace.core.registry import JOBS, SWEEPS
from payments.models import Earning
from tasks.actions import projects
from tasks.models import Assignment, Candidate, Offer, Result, Task
from tests.support import factories_offers as push
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db
MINE = sorted(name for name in JOBS if name.startswith("tasks."))
SWEPT = sorted(name for name in SWEEPS if name.startswith("tasks."))
ARGUMENT = {
    "tasks.advance_lot": "lot_id",
    "tasks.approve_many": "approval_id",
    "tasks.check_submission": "submission_id",
    "tasks.end_called_off": "project_id",
    "tasks.weigh_task": "task_id",
    "tasks.find_copying": "project_id",
    "tasks.fit_project": "project_id",
    "tasks.learn_from_result": "task_id",
    "tasks.finish_delivery": "delivery_id",
    "tasks.mark_starters": "project_id",
    "tasks.move_up": "task_id",
    "tasks.plan_project": "project_id",
    "tasks.prove_candidates": "project_id",
    "tasks.refresh_annotator": "annotator_id",
    "tasks.refresh_fit": "project_id",
    "tasks.refresh_frozen": "organization_id",
    "tasks.refresh_organization": "organization_id",
    "tasks.refresh_project": "project_id",
    "tasks.resume_pot": "pot",
    "tasks.settle_gold": "gold_id",
    "tasks.run_rule": "rule_id",
    "tasks.wind_up_project": "project_id",
}


def test_every_job_and_sweep_is_here():
    assert sorted(ARGUMENT) == MINE
    assert SWEPT == [
        "tasks.accept_overdue",
        "tasks.expire_leases",
        "tasks.expire_offers",
        "tasks.find_approvals",
        "tasks.find_unchecked",
        "tasks.fit_stale",
        "tasks.lapse_appeals",
        "tasks.plan_batches",
        "tasks.rebuild_candidates",
        "tasks.rebuild_fit",
        "tasks.refresh_stale_projects",
        "tasks.refresh_walled_projects",
        "tasks.run_rules",
        "tasks.settle_rejections",
        "tasks.watch_backlog",
        "tasks.watch_copying",
        "tasks.watch_drift",
        "tasks.watch_funds",
        "tasks.watch_lots",
        "tasks.weigh_tasks",
        "tasks.withdraw_stale_requests",
    ]


@pytest.mark.parametrize("name", sorted(ARGUMENT))
def test_a_job_on_nothing_does_nothing(name):
    value = f"project:{new_id()}" if name == "tasks.resume_pot" else str(new_id())
    for _ in range(2):
        JOBS[name].run(**{ARGUMENT[name]: value})
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize("name", SWEPT)
def test_a_sweep_on_nothing_does_nothing(name):
    for _ in range(2):
        SWEEPS[name].run()
    assert AuditEntry.objects.count() == 0
    assert OutboxMessage.objects.count() == 0


def test_jobs_carry_a_submission_to_its_result_and_a_second_run_changes_nothing():
    who = work.expert()
    project = work.project(tasks=1, review_percent=0)
    submission = work.submit(work.claim(who))
    arguments = {
        "tasks.check_submission": {"submission_id": str(submission.pk)},
        "tasks.weigh_task": {"task_id": str(submission.task_id)},
    }
    for name in ("tasks.check_submission", "tasks.weigh_task"):
        work.run_jobs(name)
        assert not OutboxMessage.objects.filter(job=name).exists()
        JOBS[name].run(**arguments[name])
    assert Result.objects.get().answer == work.RIGHT
    assert Earning.objects.count() == 1
    assert Task.objects.get().state == "concluded"
    JOBS["tasks.resume_pot"].run(pot=project.pot)


@pytest.mark.parametrize("left", ["dead", "none", "pending"])
def test_an_answer_whose_check_was_given_up_is_checked_after_all_once(left):
    work.project(tasks=2, review_percent=0)
    submission = work.submit(work.claim(work.expert()))
    promise = OutboxMessage.objects.filter(job="tasks.check_submission")
    assert promise.count() == 1
    if left == "none":
        promise.delete()
    if left == "dead":
        promise.update(state="dead", attempts=8, last_error="ValueError: x")
    SWEEPS["tasks.find_unchecked"].run()  # it is not an hour old
    assert promise.filter(state="pending").count() == (1 if left == "pending" else 0)
    clock.advance(dt.timedelta(hours=1))
    for _ in range(2):
        SWEEPS["tasks.find_unchecked"].run()
        args = {"submission_id": str(submission.pk)}
        assert list(promise.values_list("state", "attempts", "args")) == [("pending", 0, args)]
    assert AuditEntry.objects.filter(verb="revived_job").count() == (left == "dead")
    work.run_jobs("tasks.check_submission")
    assert Assignment.objects.get().state == "accepted"
    SWEEPS["tasks.find_unchecked"].run()
    assert promise.count() == 0


def test_an_answer_that_waits_for_a_reader_is_not_checked_again():
    work.project(tasks=1)
    work.check(work.submit(work.claim(work.expert())))
    OutboxMessage.objects.all().delete()
    clock.advance(dt.timedelta(days=2))
    SWEEPS["tasks.find_unchecked"].run()
    assert OutboxMessage.objects.count() == 0


def test_sweeps_end_what_is_over():
    who = work.expert()
    work.project(tasks=2)
    work.claim(who)
    rejected = work.submit(work.claim(who))
    work.review(rejected, "reject")
    clock.advance(dt.timedelta(days=15))
    for _ in range(2):
        SWEEPS["tasks.expire_leases"].run()
        SWEEPS["tasks.settle_rejections"].run()
    states = Assignment.objects.order_by("claimed_at").values_list("state", flat=True)
    assert list(states) == ["expired", "rejected"]
    assert not Assignment.objects.filter(final_at__isnull=True).exists()
    Candidate.objects.all().delete()
    SWEEPS["tasks.rebuild_candidates"].run()
    work.run_jobs("tasks.prove_candidates")
    assert Candidate.objects.count() == 1


def test_a_wall_reaches_every_project_of_both_clients_that_hands_out_tasks():
    kept = [work.project(tasks=0, fund=0) for _ in range(2)]
    paused = work.project(tasks=0, fund=0, client=kept[0].organization)
    projects.pause(project_id=paused.pk, by=work.BY)
    work.project(tasks=0, fund=0, client=kept[0].organization, active=False)
    closed = work.project(tasks=0, fund=0, client=kept[1].organization)
    projects.close(project_id=closed.pk, by=work.BY)
    work.project(tasks=0, fund=0)
    OutboxMessage.objects.all().delete()
    first, second = (project.organization_id for project in kept)
    walls.put_up(organization_ids=(first, second), months=12, reason="Rivals.", by=work.BY)
    work.run_jobs("tasks.refresh_organization")
    rows = OutboxMessage.objects.values_list("job", "args__project_id")
    assert sorted(rows) == sorted(("tasks.refresh_project", str(row.pk)) for row in (*kept, paused))


def test_offers_are_planned_end_and_move_up_by_jobs_and_run_twice():
    push.pushing(tasks=1)
    for _ in range(4):
        work.expert()
    for _ in range(2):
        SWEEPS["tasks.plan_batches"].run()
        work.run_jobs("tasks.plan_project")
    states = Offer.objects.order_by("rank").values_list("state", flat=True)
    assert list(states) == ["offered", "offered", "standby", "standby"]
    push.decline(Offer.objects.earliest("rank"))
    task_id = str(Task.objects.get().pk)
    work.run_jobs("tasks.move_up")
    JOBS["tasks.move_up"].run(task_id=task_id)
    assert list(states.all()) == ["declined", "offered", "offered", "standby"]
    clock.advance(dt.timedelta(minutes=241))
    SWEEPS["tasks.expire_offers"].run()
    assert list(states.all()) == ["declined", "expired", "expired", "offered"]
    SWEEPS["tasks.expire_offers"].run()
    assert list(states.all()) == ["declined", "expired", "expired", "offered"]


def test_a_wall_that_time_takes_away_opens_the_other_clients_projects_once():
    who = work.expert()
    one, other = work.project(), work.project()
    work.project(tasks=0, fund=0)
    pair = (one.organization_id, other.organization_id)
    walls.put_up(organization_ids=pair, months=1, reason="Rivals.", by=work.BY)
    work.claim(who, project_id=one.pk)
    work.run_jobs("tasks.refresh_annotator")
    assert Candidate.objects.filter(annotator=who).count() == 2
    for days, found in ((20, 0), (12, 1), (0, 0)):
        clock.advance(dt.timedelta(days=days))
        OutboxMessage.objects.all().delete()
        SWEEPS["tasks.refresh_walled_projects"].run()
        promised = OutboxMessage.objects.filter(job="tasks.refresh_project")
        ids = list(promised.values_list("args__project_id", flat=True))
        assert ids == [str(other.pk)] * found
        work.run_jobs("tasks.refresh_project")
    assert Candidate.objects.filter(annotator=who).count() == 3
