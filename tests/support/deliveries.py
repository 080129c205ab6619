"""Deliveries for tests: concluded tasks at once, and inspections that find what the test wants."""

from decimal import Decimal

from django.db import transaction

from accounts.selectors import reviewers
from accounts.selectors.actors import of_staff
from tasks.actions import deliveries, reviews
from tasks.models import Batch, Delivery, LotItem, Result, Task
from tasks.states import ReviewPlan
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

REASON = "The function fails for an empty list, which the text asks for."
PLAN = {"lot_size": 50, "aql": 0.02, "ltpd": 0.08}


def concluded(number, *, project=None, parts=("all",), answer=None, **other):
    """A project with so many concluded tasks, without anybody who answered them."""
    project = project or work.project(tasks=0, review_plan=ReviewPlan.SHARE, **other)
    batch = Batch.objects.create(project=project, size=number)
    start = project.tasks.count()
    rows = Task.objects.bulk_create(
        Task(
            project=project,
            batch=batch,
            position=start + n,
            external_id=f"done{start + n}",
            payload={"problem": parts[n % len(parts)]},
            state="concluded",
            overlap=1,
            open_slots=0,
        )
        for n in range(number)
    )
    Result.objects.bulk_create(
        Result(
            task=row,
            answer=answer or work.RIGHT,
            source="majority",
            confidence=Decimal("0.9000"),
            submissions=1,
        )
        for row in rows
    )
    return project


def make(project, **plan):
    """A delivery of what is concluded, its first inspections asked for."""
    row = deliveries.make(project_id=project.pk, by=work.BY, **{**PLAN, **plan})
    run()
    row.refresh_from_db()
    return row


def run():
    """The jobs of lots and deliveries until none is left."""
    for _ in range(30):
        work.run_jobs("tasks.advance_lot")
    work.run_jobs("tasks.finish_delivery")


def asked(row: Delivery):
    """The items that wait for an inspection, in the order of the draw."""
    rows = LotItem.objects.filter(delivery=row, request__state="waiting")
    return list(rows.select_related("task", "request").order_by("lot__number", "position"))


def claim(item, person=None):
    """A reviewer's claim on an inspection."""
    person = person or people.staff()
    who = reviewers.reviewer(user=person, by=of_staff(person))
    with transaction.atomic():
        return reviews.take(request_id=item.request_id, by=of_staff(person), who=who)


def inspect(item, verdict="accept", *, answer=None, person=None):
    """One inspection from claim to verdict."""
    person = person or people.staff()
    held = claim(item, person)
    return reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict=verdict,
        category="" if verdict == "accept" else "wrong",
        text="" if verdict == "accept" else REASON,
        answer=(answer or work.WRONG) if verdict == "fix" else None,
        by=of_staff(person),
    )


def inspect_all(row: Delivery, wrong=(), verdict="fix"):
    """Inspect until nothing is asked for; the tasks in `wrong` are found wrong."""
    person = people.staff()
    for _ in range(20):
        waiting = asked(row)
        for item in waiting:
            inspect(item, verdict if item.task_id in wrong else "accept", person=person)
        run()
        if not waiting:
            break
    row.refresh_from_db()
    return row
