"""The sweep of leases: in batches, whole, and past what cannot be ended."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Notice
from marketplace.core.actors import command
from marketplace.core.models import AuditEntry, OutboxMessage
from payments.actions import ledger
from payments.models import Reservation
from payments.selectors import balances
from tasks.actions import expiry
from tasks.models import Assignment, Project, ReviewAssignment, Task
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db
OPERATOR = command("tests")


def all_over():
    Assignment.objects.filter(state__in=["claimed", "returned"]).update(
        leased_until="2020-01-01T00:00Z"
    )


def claims(number, **other):
    """Claims of one project, three by each annotator, all over."""
    crowd = [work.expert() for _ in range(-(-number // 3))]
    project = work.project(tasks=number, **other)
    rows = [work.claim(crowd[place // 3]) for place in range(number)]
    all_over()
    return project, rows


def sweep(**other):
    return expiry.expire_assignments(by=OPERATOR, **other)


def ended():
    return set(Assignment.objects.filter(state="expired").values_list("pk", flat=True))


def test_slots_money_notices_and_audit_of_several_batches(monkeypatch):
    monkeypatch.setattr(expiry, "BATCH", 3)
    project, rows = claims(7)
    free = balances.pot(project.pot, "usd").funds_minor
    assert sweep() == 7
    assert sweep() == 0
    assert ended() == {row.pk for row in rows}
    assert not Assignment.objects.filter(final_at__isnull=True).exists()
    assert set(Task.objects.values_list("state", "open_slots", "setbacks")) == {("open", 1, 1)}
    pot = balances.pot(project.pot, "usd")
    assert (pot.funds_minor, pot.reserved_minor) == (free + 7 * 600, 0)
    assert set(Reservation.objects.values_list("state", flat=True)) == {"released"}
    links = {f"/work/{row.pk}/" for row in rows}
    assert set(Notice.objects.filter(kind="expired").values_list("link", flat=True)) == links
    assert OutboxMessage.objects.filter(job="accounts.mail_notice").count() == 7
    entries = AuditEntry.objects.filter(verb="expired", actor="command:tests")
    assert {entry.subject for entry in entries} == {f"assignment:{row.pk}" for row in rows}


def test_a_batch_takes_as_many_statements_for_one_claim_as_for_thirty():
    def statements(number):
        claims(number)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert sweep() == number
        return [q["sql"].split()[0] for q in seen if "SAVEPOINT" not in q["sql"]]

    assert statements(1) == statements(30)


def poison(row):
    """The key of its release is booked already, as another movement: the ledger refuses it."""
    legs = [("project_reserved", row.project.pot, -1), ("project_funds", row.project.pot, 1)]
    key = f"release:{row.holder}"
    ledger.post([ledger.Posting(key, "release", legs, "usd")], by=OPERATOR)


def test_a_claim_that_cannot_be_ended_keeps_no_other_from_its_end(monkeypatch):
    monkeypatch.setattr(expiry, "BATCH", 4)
    _, rows = claims(9)
    poison(rows[1])
    assert sweep() == 8
    assert ended() == {row.pk for row in rows} - {rows[1].pk}
    rows[1].refresh_from_db()
    assert (rows[1].state, rows[1].task.state) == ("claimed", "filled")
    assert Reservation.objects.get(state="held").holder == rows[1].holder
    assert not AuditEntry.objects.filter(subject=f"assignment:{rows[1].pk}", verb="expired")
    assert sweep() == 0


def test_a_run_whose_time_is_up_leaves_the_rest(monkeypatch):
    monkeypatch.setattr(expiry, "BATCH", 2)
    claims(5)
    assert [sweep(seconds=0) for _ in range(4)] == [2, 2, 1, 0]


def test_two_claims_of_one_task_give_two_slots_back():
    pair = [work.expert(), work.expert()]
    work.project(tasks=1, overlap=3)
    for who in pair:
        work.claim(who)
    all_over()
    assert sweep() == 2
    task = Task.objects.get()
    assert (task.state, task.open_slots, task.setbacks) == ("open", 3, 2)


@pytest.mark.parametrize(
    ("overlap", "over", "end"),
    [(1, 1, ("cancelled", 1, 0)), (3, 2, ("filled", 1, 0)), (2, 2, ("cancelled", 1, 0))],
)
def test_in_a_closed_project_the_task_needs_fewer_answers(overlap, over, end):
    crowd = [work.expert() for _ in range(overlap)]
    project = work.project(tasks=1, overlap=overlap)
    rows = [work.claim(who) for who in crowd]
    for row in rows[over:]:
        work.submit(row)
    Project.objects.filter(pk=project.pk).update(state="closed")
    all_over()
    assert sweep() == over
    task = Task.objects.get()
    assert (task.state, task.overlap, task.open_slots) == end
    concluding = OutboxMessage.objects.filter(job="tasks.weigh_task").count()
    assert concluding == (1 if end[0] == "filled" else 0)


def test_reviews_that_ran_out_wait_again_with_their_money_free(monkeypatch):
    monkeypatch.setattr(expiry, "BATCH", 2)
    who, reviewer = work.expert(), work.expert(person=people.staff())
    project = work.project(tasks=3)
    for _ in range(3):
        work.submit(work.claim(who))
        work.claim_review(reviewer.user)
    ReviewAssignment.objects.update(leased_until="2020-01-01T00:00Z")
    before = balances.pot(project.pot, "usd").reserved_minor
    assert expiry.expire_reviews(by=OPERATOR) == 3
    assert expiry.expire_reviews(by=OPERATOR) == 0
    assert set(ReviewAssignment.objects.values_list("state", flat=True)) == {"expired"}
    assert balances.pot(project.pot, "usd").reserved_minor == before - 3 * 120
    assert AuditEntry.objects.filter(verb="review_expired").count() == 3
