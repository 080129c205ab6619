"""Celery's options as they were measured; set otherwise, messages are lost, repeated or wait beside
idle workers.
"""

import pytest
from django.core.checks import Error, run_checks

from marketplace.celery import app
from marketplace.core import checks
from marketplace.core.registry import SWEEPS
from marketplace.ops.apps import OpsConfig

OPTIONS = {
    "result_backend": None,  # a result is a row
    "task_ignore_result": True,
    "task_acks_late": True,  # else a killed worker loses what it had fetched
    "task_reject_on_worker_lost": False,  # else a job that kills its worker runs for ever
    "task_time_limit": 60,
    "task_soft_time_limit": 45,
    "task_create_missing_queues": False,
    "task_default_queue": "fast",
    "task_publish_retry": False,
    "worker_prefetch_multiplier": 1,  # else short jobs wait behind a long one
    "worker_soft_shutdown_timeout": 20,
    "worker_max_tasks_per_child": 1000,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "broker_connection_retry_on_startup": True,
    "accept_content": ["json"],
    "enable_utc": True,
    "timezone": "UTC",
}
TRANSPORT = {
    "visibility_timeout": 180,  # over twice the time limit, or a running job is sent again
    "unacked_restore_interval": 5,  # a dead worker's messages come back in seconds
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,  # a half-open broker ends here
    "health_check_interval": 25,
    "global_keyprefix": "marketplace:",
}


@pytest.mark.parametrize("name", OPTIONS)
def test_option(name):
    assert getattr(app.conf, name) == OPTIONS[name]


def test_transport_and_queues():
    assert dict(app.conf.broker_transport_options) == TRANSPORT
    assert set(app.amqp.queues) == {"fast", "slow", "bulk"}


def test_there_are_exactly_two_tasks_and_none_has_a_delay_or_retry_of_its_own():
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours == {"core.run_job", "core.run_sweep"}
    assert all(
        not app.tasks[name].autoretry_for
        for name in ours
        if hasattr(app.tasks[name], "autoretry_for")
    )


def test_every_sweep_is_on_the_beat_and_its_message_expires_before_two_more_come():
    OpsConfig.create("marketplace.ops").ready()
    schedule = app.conf.beat_schedule
    assert set(schedule) == set(SWEEPS)
    assert "core.sweep_outbox" in schedule
    for name, entry in schedule.items():
        assert entry["task"] == "core.run_sweep"
        assert entry["args"] == (name,)
        assert entry["schedule"].run_every.total_seconds() == SWEEPS[name].every
        assert entry["options"] == {"queue": SWEEPS[name].queue, "expires": 2 * SWEEPS[name].every}


def found(ids):
    return sorted(m.id for m in run_checks() if isinstance(m, Error) and m.id in ids)


def test_manage_py_check_finds_options_that_lose_work(settings):
    ids = {"core.E001", "core.E002"}
    assert found(ids) == []
    settings.CELERY_TASK_ACKS_LATE = False
    settings.CELERY_RESULT_BACKEND = "redis://"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 120}
    assert found(ids) == ["core.E001", "core.E001", "core.E002"]


def test_manage_py_check_finds_a_movable_clock_a_short_secret_and_a_dead_end(settings, monkeypatch):
    ids = {"core.E003", "core.E004", "core.E005"}
    assert found(ids) == []
    settings.SITE_URL = "https://example.com"
    settings.SECRET_KEY = "short"
    assert found(ids) == ["core.E003", "core.E004"]
    errors = list(checks._dead_ends({"core.happened": ("core.nothing",)}))
    assert [(e.id, e.msg) for e in errors] == [
        ("core.E005", "core.happened promises core.nothing, which is no job.")
    ]
