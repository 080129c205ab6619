"""What workers and beat would do meanwhile: the sweeps, and the promised jobs that concern
matching."""

from django.db import connection

from marketplace.core import outbox, registry
from marketplace.core.models import OutboxMessage

# Sweeps that end what time has ended. The nightly rebuild is not among them: it would hide a
# change that nobody told to matching.
SWEEPS = (
    "accounts.expire_credentials",
    "accounts.end_qualifications",
    "accounts.lift_pauses",
    "tasks.expire_leases",
    "tasks.refresh_walled_projects",
)
JOBS = (
    "tasks.refresh_organization",
    "tasks.refresh_annotator",
    "tasks.refresh_project",
    "tasks.wind_up_project",
)
# Twice gives the same (tests/tasks/test_jobs.py): a promise made again before its turn runs once.
_TWINS = """
DELETE FROM core_outboxmessage early USING core_outboxmessage late
 WHERE early.job = late.job AND early.args = late.args AND early.id < late.id
   AND early.due_at <= core_now() AND late.due_at <= core_now() AND early.job = ANY (%s)
"""


def settle():
    """Run sweeps and jobs until nothing is left to do."""
    for _ in range(50):
        for name in SWEEPS:
            registry.SWEEPS[name].run()
        if not _run_jobs():
            return
    raise AssertionError("The jobs promise each other for ever.")


def _run_jobs():
    with connection.cursor() as cursor:
        cursor.execute(_TWINS, [list(JOBS)])
    done = 0
    for pk in (
        OutboxMessage.objects.filter(job__in=JOBS).order_by("pk").values_list("pk", flat=True)
    ):
        row = outbox.take(pk)
        if row is not None:
            outbox.run(row)
            done += 1
    failed = OutboxMessage.objects.filter(job__in=JOBS).exclude(last_error="")
    assert list(failed.values_list("job", "last_error")) == []
    return done
