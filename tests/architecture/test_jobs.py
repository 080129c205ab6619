"""Every job is found, and every promise names a job."""

import pytest

from marketplace.celery import app
from marketplace.core import registry
from marketplace.subscriptions import SUBSCRIPTIONS
from tests.architecture.rules import jobs

JOB = '@registry.job("tasks.check")\ndef check(task_id: str) -> None: ...\n'


@pytest.mark.parametrize("rule", [jobs.misplaced, jobs.bare_celery_tasks, jobs.unknown_promises])
def test_the_project_keeps_the_rule(rule, project):
    assert rule(project) == []


def test_every_declared_job_is_found_by_autodiscovery(project):
    app.loader.import_default_modules()
    found = {*registry.JOBS, *registry.SWEEPS}
    assert found
    assert jobs.unregistered(project, found) == []


def test_every_subscription_names_a_job(project):
    app.loader.import_default_modules()
    promised = {name for names in SUBSCRIPTIONS.values() for name in names}
    assert promised <= set(registry.JOBS)


def test_a_job_outside_jobs_is_found(plant):
    plant("payments/jobs.py", JOB.replace("tasks.", "payments."))
    root = plant("tasks/actions/hidden.py", JOB)
    assert jobs.misplaced(root) == [
        "tasks/actions/hidden.py: the job tasks.check is not in a jobs.py"
    ]


def test_a_job_that_autodiscovery_misses_is_found(plant):
    root = plant("tasks/jobs.py", JOB)
    assert jobs.unregistered(root, {"tasks.check"}) == []
    assert jobs.unregistered(root, set()) == [
        "tasks/jobs.py: tasks.check is declared, but not found by autodiscovery"
    ]


@pytest.mark.parametrize("mark", ["shared_task", "shared_task(name='x')", "app.task(bind=True)"])
def test_a_bare_celery_task_is_found(plant, mark):
    plant("marketplace/core/jobs.py", "@shared_task(name='core.run_job')\ndef run_job(pk): ...\n")
    root = plant("tasks/jobs.py", f"@{mark}\ndef check(): ...\n")
    assert jobs.bare_celery_tasks(root) == [
        "tasks/jobs.py:2: check is a Celery task: use core.registry.job"
    ]


def test_a_promise_of_no_job_is_found(plant):
    plant("tasks/jobs.py", JOB)
    plant("tasks/actions/good.py", 'outbox.enqueue("tasks.check", task_id="1")\n')
    root = plant("tasks/actions/bad.py", 'outbox.enqueue("tasks.chekc", task_id="1")\n')
    assert jobs.unknown_promises(root) == ["tasks/actions/bad.py:1: no job is called tasks.chekc"]
