"""Plans on 100,000 tasks after ANALYZE: nothing that a request waits for reads a big table from end
to end, on whatever PostgreSQL the tests run.
"""

import datetime as dt
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from accounts.models import Wall
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.ops.bench import crowd
from tasks.actions import claims, matching, rematching
from tasks.matching.claim import CREATE
from tasks.models import Assignment, Matching, Task
from tasks.selectors import work
from tests.support import large_market
from tests.support.factories_tasks import BY
from tests.support.plans import (
    big_tables,
    blocks,
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
    "tasks_gold",
    "tasks_goldstanding",
    "tasks_lateanswer",
    "tasks_offer",
    "tasks_reviewassignment",
    "tasks_skill",
    "tasks_task",
}
# Those of them that a claim must have looked at, or the test proves nothing.
CLAIMED_FROM = BIG - {"accounts_organization", "core_outboxmessage", "tasks_skill", "tasks_fit"}
FEW = 10  # rows of a queue: its head, and those that claims before have taken
DEEPER = 6  # indexes that the head of a queue looks into; each may be a level deeper
TIMES = 8  # PostgreSQL may change to a plan for all values after five runs


def head_cost():
    """The most that the head of a queue took in several claims: blocks touched, rows of tasks."""
    with plans_of_this_connection() as seen:
        claimed()
    heads = [plan for plan in seen if plan["Query Text"].lstrip().startswith("SELECT task.id")]
    assert len(heads) >= TIMES
    return max(map(blocks, heads)), most_read(heads, "tasks_task")


@pytest.fixture(scope="module", autouse=True)
def market(django_db_setup, django_db_blocker):
    """Made once, in a transaction that is taken back; what it leaves on the disk is swept up.

    Gives what the head of a queue cost in a market of 1,000 tasks, made and taken back before.
    """
    with django_db_blocker.unblock():
        with transaction.atomic():
            with transaction.atomic():
                large_market.fill(large_market.SMALL)
                few = head_cost()
                transaction.set_rollback(True)
            large_market.fill()
            yield few
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
        cursor.execute(
            "DROP INDEX tasks_task_project_id_a2815f0c; DROP INDEX tasks_task_external_id"
        )
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


def test_the_hourly_look_for_walls_that_lapsed_reads_only_the_claims_of_its_span():
    """Every project is behind walls of three months, and was refreshed a day ago; there are claims of
    300 days.
    """
    Matching.objects.update(refreshed_at=clock.after(-dt.timedelta(days=1)))
    Wall.objects.update(months=3)
    with planned() as seen:
        rematching.refresh_walled()
    assert 0 < most_read(seen, "tasks_assignment") < Assignment.objects.count() / 100
    assert whole_scans(seen, {"tasks_assignment"}) == []


def test_the_head_of_a_queue_costs_as_much_with_100_000_tasks_as_with_1000(market):
    """Not a time but what takes it; `bench claim` measures times up to 5,000,000 tasks."""
    (few, row), (many, same) = market, head_cost()
    assert row == same == 1
    assert many <= few + DEEPER


VETERANS = """
INSERT INTO tasks_assignment (
    id, task_id, project_id, annotator_id, state, currency, price_minor, fee_minor,
    guideline_version, leased_until, fence, extensions, returns, claimed_at, submitted_at)
SELECT gen_random_uuid(), task.id, task.project_id, who.id, 'accepted', 'usd', 1, 0, 1, past.at, 1,
       0, 0, past.at, past.at
  FROM (SELECT core_now() - interval '30 days' AS at) past
 CROSS JOIN (SELECT id, project_id FROM tasks_task WHERE state = 'concluded' LIMIT 1000) task
 CROSS JOIN (SELECT id FROM accounts_annotatorprofile ORDER BY id LIMIT 8) who
    ON CONFLICT DO NOTHING;
ANALYZE tasks_assignment;
"""


def with_a_history():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(VETERANS)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_the_head_of_a_queue_costs_a_veteran_as_much_as_a_newcomer():
    newcomer, _ = head_cost()
    Assignment.objects.filter(state="claimed").update(state="released")
    with_a_history()
    veteran, row = head_cost()
    assert row <= FEW
    assert veteran <= newcomer + DEEPER * row


def test_control_with_tasks_compared_all_at_once_a_veterans_history_is_read():
    with_a_history()
    with connection.cursor() as cursor:
        cursor.execute(CREATE.replace("OFFSET 0", ""))
    assert head_cost()[0] > 500
