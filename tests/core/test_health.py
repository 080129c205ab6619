"""/healthz says ok or unwell, and nothing else."""

import datetime as dt

import pytest
from django.db import OperationalError

from marketplace.core import clock, health, jobs
from marketplace.core.models import SweepBeat

UNWELL = (503, {"status": "unwell"})


def ask(call):
    answer = call("GET", "/healthz", key="")
    assert "no-store" in answer["Cache-Control"]
    return answer.status_code, answer.json()


@pytest.mark.django_db(transaction=True)
def test_it_is_well_while_sweeps_end(call):
    assert ask(call) == UNWELL
    jobs.run_sweep("core.sweep_outbox")
    assert ask(call) == (200, {"status": "ok"})
    clock.advance(dt.timedelta(seconds=16))
    assert ask(call) == UNWELL
    jobs.run_sweep("core.sweep_outbox")
    assert ask(call) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_other_sweeps_do_not_hide_that_the_outbox_waits(call):
    SweepBeat.objects.create(name="core.sweep_outbox", at=clock.now() - dt.timedelta(seconds=16))
    SweepBeat.objects.create(name="other.sweep")
    assert ask(call) == UNWELL


@pytest.mark.django_db
def test_without_a_database_it_is_unwell_and_says_no_more(call, monkeypatch):
    def gone():
        raise OperationalError("password authentication failed for user x")

    monkeypatch.setattr(health, "quiet_for", gone)
    assert ask(call) == UNWELL
    assert call("POST", "/healthz").status_code == 405
