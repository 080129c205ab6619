"""What every job and sweep of every app keeps to: on nothing it does nothing, and twice is as once."""

import uuid
from functools import partial

import pytest
from django.apps import apps
from django.db import connection, transaction

from marketplace.core import jobs
from marketplace.core.models import IdempotencyKey, SweepBeat
from marketplace.core.registry import JOBS, SWEEPS, Job, Sweep, job, sweep
from tests.core.probe.arguments import arguments
from tests.support.devstripe import KEY, start_devstripe, stop_devstripe

# Rows that say when something ran, not what is true.
_NOTES = {"core_sweepbeat", "django_session", "payments_comparison"}


def fingerprint():
    """How many rows each table has, and a digest of them."""
    found = {}
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names(cursor)) - _NOTES:
            cursor.execute(
                f'SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM "{table}" t'
            )
            found[table] = cursor.fetchone()
    return found


def changed_by(work):
    """What went wrong in two runs: the exception, or the tables that changed."""
    before = fingerprint()
    try:
        work()
        work()
    except Exception as error:  # noqa: BLE001 - any fault breaks the contract
        return repr(error)
    after = fingerprint()
    return {table for table in after if after[table] != before[table]} or None


@pytest.fixture
def empty_stripe(settings):
    """Some sweeps read Stripe even when nothing is under way: a local one with nothing in it."""
    made = start_devstripe()
    settings.STRIPE_API_BASE = made.base_url
    settings.EGRESS_ALLOWED_BASES = [made.base_url]
    settings.STRIPE_SECRET_KEY = KEY
    yield
    stop_devstripe(made)


@pytest.mark.django_db(transaction=True)
def test_every_job_run_twice_on_nothing_changes_nothing(empty_stripe):
    """The rows it was promised for are gone: an erased person, a rolled back world."""

    def work(entry):
        if entry.remote:
            entry.run(**arguments(entry))
        else:  # as the outbox does it
            with transaction.atomic():
                entry.run(**arguments(entry))

    faults = {name: changed_by(partial(work, entry)) for name, entry in JOBS.items()}
    assert {name: fault for name, fault in faults.items() if fault} == {}
    assert len(faults) >= 8


@pytest.mark.django_db(transaction=True)
def test_every_sweep_run_twice_on_nothing_changes_nothing_and_leaves_its_beat(empty_stripe):
    faults = {name: changed_by(partial(jobs.run_sweep, name)) for name in SWEEPS}
    assert {name: fault for name, fault in faults.items() if fault} == {}
    assert set(SweepBeat.objects.values_list("name", flat=True)) == set(SWEEPS)


@pytest.mark.django_db(transaction=True)
def test_a_beat_says_when_the_sweep_last_ended():
    jobs.run_sweep("core.sweep_outbox")
    first = SweepBeat.objects.get(name="core.sweep_outbox").at
    jobs.run_sweep("core.sweep_outbox")
    assert SweepBeat.objects.get(name="core.sweep_outbox").at > first


def test_names_say_the_app_and_queues_exist():
    labels = {config.name.rpartition(".")[2] for config in apps.get_app_configs()}
    for entry in (*JOBS.values(), *SWEEPS.values()):
        app, _, verb = entry.name.partition(".")
        assert app in labels, entry.name
        assert verb.isidentifier(), entry.name
        assert entry.queue in {"fast", "slow", "bulk"}, entry.name
    assert all(entry.every >= 1 for entry in SWEEPS.values())


def test_a_name_is_given_once(monkeypatch):
    monkeypatch.setitem(JOBS, "core.echo", Job("core.echo", print, "fast", False))
    monkeypatch.setitem(SWEEPS, "core.echo", Sweep("core.echo", print, "fast", 1))
    with pytest.raises(ValueError, match="Two jobs"):
        job("core.echo")(repr)
    with pytest.raises(ValueError, match="Two sweeps"):
        sweep("core.echo", every=1)(repr)


@pytest.mark.django_db(transaction=True)
def test_the_contract_finds_work_that_writes_on_nothing_or_fails():
    """The control of the tests above."""

    def write():
        IdempotencyKey.objects.create(
            scope="a", key=str(uuid.uuid4()), fingerprint="", status=200, content_type="", body=b""
        )

    assert changed_by(write) == {"core_idempotencykey"}
    assert changed_by(lambda: 1 / 0) == "ZeroDivisionError('division by zero')"
    assert changed_by(lambda: None) is None
