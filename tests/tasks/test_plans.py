"""Plans on 100,000 tasks after ANALYZE: nothing that a request waits for reads a big table from end
to end, on whatever PostgreSQL the tests run.
"""

from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from marketplace.core.errors import Refused
from marketplace.ops.bench import crowd
from tasks.actions import claims, matching
from tasks.models import Task
from tasks.selectors import work
from tests.support import large_market
from tests.support.factories_tasks import BY
from tests.support.plans import (
    big_tables,
    plans_of_this_connection,
    rows_read,
    tables,
    whole_scans,
)

pytestmark = pytest.mark.django_db
BIG = {
    "accounts_annotatorprofile",
    "accounts_annotatorprofile_domains",
    "accounts_credential",
    "accounts_listentry",
    "accounts_ndasignature",
    "accounts_organization",
    "accounts_pause",
    "accounts_qualificationgrant",
    "accounts_teammember",
    "accounts_wall",
    "core_auditentry",
    "core_outboxmessage",
    "payments_reservation",
    "tasks_assignment",
    "tasks_candidate",
    "tasks_collusionmember",
    "tasks_fit",
    "tasks_lateanswer",
    "tasks_offer",
    "tasks_reviewassignment",
    "tasks_skill",
    "tasks_submission",
    "tasks_task",
}
# Those of them that a claim must have looked at, or the test proves nothing.
CLAIMED_FROM = BIG - {"accounts_organization", "tasks_skill", "tasks_fit"}
FEW = 10  # rows of a queue: its head, and those that claims before have taken
TIMES = 8  # PostgreSQL may change to a plan for all values after five runs


@pytest.fixture(scope="module", autouse=True)
def market(django_db_setup, django_db_blocker):
    """Made once, in a transaction that is taken back; what it leaves on the disk is swept up."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            large_market.fill()
            yield
            transaction.set_rollback(True)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


@contextmanager
def planned():
    """The plans of what happens inside, and that the world is as big as this page says."""
    assert big_tables() >= BIG
    with plans_of_this_connection() as seen:
        yield seen


def claimed():
    for number in range(1, TIMES + 1):
        row = claims.claim(annotator_id=crowd.annotator_id(number), by=BY)
        assert row.state == "claimed"


def most_read(seen, table):
    """The most rows of a table that one statement read."""
    return max(rows_read(plan, table) for plan in seen)


def test_a_claim_reads_no_big_table_from_end_to_end():
    with planned() as seen:
        claimed()
    assert whole_scans(seen, big_tables()) == []
    assert tables(seen) >= CLAIMED_FROM
    assert most_read(seen, "tasks_task") <= FEW


def test_control_without_the_queues_index_a_claim_reads_all_open_tasks_of_the_project():
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX tasks_task_queue")
    with planned() as seen:
        claimed()
    open_tasks = large_market.SIZE.tasks * large_market.SIZE.open_share / large_market.SIZE.projects
    assert FEW < 0.8 * open_tasks <= most_read(seen, "tasks_task")


def test_control_without_any_index_of_tasks_the_whole_table_is_read():
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX tasks_task_queue; DROP INDEX tasks_task_project_3eb110_idx")
        cursor.execute("DROP INDEX tasks_task_project_id_a2815f0c; DROP INDEX tasks_task_external_id")
    with planned() as seen:
        claimed()
    assert any(found.startswith("Seq Scan on tasks_task:") for found in whole_scans(seen, BIG))


def test_a_claim_of_one_project_and_one_that_finds_nothing_read_none_either():
    who = crowd.annotator_id(1)
    project = work.openings(who)[0].project
    with planned() as seen:
        claims.claim(annotator_id=who, project_id=project.pk, by=BY)
        Task.objects.filter(project=project).update(state="concluded", open_slots=0)
        with pytest.raises(Refused) as caught:
            claims.claim(annotator_id=who, project_id=project.pk, by=BY)
    assert caught.value.code == "nothing_to_claim"
    assert whole_scans(seen, big_tables()) == []


def test_the_work_list_reads_no_big_table_from_end_to_end():
    with planned() as seen:
        for number in range(1, TIMES + 1):
            assert work.openings(crowd.annotator_id(number))
    assert whole_scans(seen, big_tables()) == []


def test_the_refresh_of_an_annotator_reads_no_big_table_from_end_to_end():
    with planned() as seen:
        for number in range(1, TIMES + 1):
            assert matching.refresh_annotator(annotator_id=crowd.annotator_id(number)) > 0
    assert whole_scans(seen, big_tables()) == []


def test_the_refresh_of_a_project_reads_nothing_from_end_to_end_but_the_annotators():
    """One in twenty of them is eligible here: to read them all is a plan like another."""
    with planned() as seen:
        for number in range(1, TIMES + 1):
            assert matching.refresh_project(project_id=crowd.project_id(number)) > 0
    assert whole_scans(seen, big_tables() - {"accounts_annotatorprofile"}) == []
