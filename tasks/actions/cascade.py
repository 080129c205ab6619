"""The end of offers that nobody answered, and who is asked next.

Only offers are locked here; no claim ever waits for this. Those that end and the others of their
tasks are locked at two times, so two cascades at once could wait for each other: one lock lets in
one at a time.
"""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection, transaction

from accounts.actions import notices
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.clock import after
from marketplace.core.expressions import Now
from tasks.matching.offers import how_many
from tasks.models import Offer, Project
from tasks.selectors.offers import out_to
from tasks.selectors.planning import MOST_EACH
from tasks.states import OFFER_LIVE, OfferState, ProjectState, TaskState

BATCH = 200
MOST_BATCHES = 50
LINK = "/work/offers/"
# Payloads and interfaces can be large.
_READ = (
    "state", "rank", "chance", "task__open_slots", "project__name", "project__offer_minutes",
    "annotator__user_id",
)  # fmt: skip
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('tasks_cascade'))"
# ruff: noqa: S608 - the statements are put together from this one text
_TAKEN = """EXISTS (SELECT 1 FROM tasks_assignment own
                     WHERE own.task_id = offer.task_id AND own.annotator_id = offer.annotator_id
                       AND own.claimed_at >= offer.made_at)"""
# Whoever holds the task has not let the offer run out, although a claim passes over an offer that
# is locked at its moment: `_VOID` finds it.
_OVER = f"""
WITH over AS (
    SELECT offer.id FROM tasks_offer offer
     WHERE offer.state = 'offered' AND offer.expires_at <= core_now() AND NOT {_TAKEN}
     ORDER BY offer.expires_at LIMIT %s FOR NO KEY UPDATE OF offer SKIP LOCKED)
UPDATE tasks_offer offer SET state = 'expired', answered_at = core_now()
  FROM over WHERE offer.id = over.id
RETURNING offer.task_id"""
# Whoever took the offered task from the queue has accepted it. Offers of tasks that are no longer
# to be had, of projects that stand still, and to those who are no longer eligible, are withdrawn;
# so is who waits for a project that hands out nothing just now: it is planned anew when it does.
_VOID = f"""
WITH void AS (
    SELECT offer.id, offer.state = 'offered' AND {_TAKEN} AS taken
      FROM tasks_offer offer
      JOIN tasks_task task ON task.id = offer.task_id
      JOIN tasks_project project ON project.id = offer.project_id
      LEFT JOIN tasks_matching matching ON matching.project_id = project.id
     WHERE offer.state IN ('standby', 'offered')
       AND (task.state <> 'open' OR project.state <> 'active'
            OR offer.state = 'standby' AND (project.funds_short_at IS NOT NULL
                                            OR matching.slowed_at IS NOT NULL)
            OR NOT EXISTS (SELECT 1 FROM tasks_candidate candidate
                            WHERE candidate.project_id = offer.project_id
                              AND candidate.annotator_id = offer.annotator_id)
            OR {_TAKEN})
     ORDER BY offer.id LIMIT %s FOR NO KEY UPDATE OF offer SKIP LOCKED)
UPDATE tasks_offer offer
   SET state = CASE WHEN void.taken THEN 'accepted' ELSE 'withdrawn' END, answered_at = core_now()
  FROM void WHERE offer.id = void.id
RETURNING offer.task_id"""


def expire_offers(*, by: Actor) -> int:
    """End the offers whose time is over, and those that have become void; ask who waits.

    In batches of 200, each a transaction; rows that an annotator is answering at this moment are
    left for the next run. Returns how many offers ended.
    """
    total = 0
    for verb, statement in (("offers_expired", _OVER), ("offers_void", _VOID)):
        for _ in range(MOST_BATCHES):
            ended = _end(verb, statement, by)
            total += ended
            if ended < BATCH:
                break
    return total


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)


@transaction.atomic
def _end(verb: str, statement: str, by: Actor) -> int:
    _one_at_a_time()
    with connection.cursor() as cursor:
        cursor.execute(statement, [BATCH])
        ended = Counter(task_id for (task_id,) in cursor.fetchall())
    acts = [audit.Act(f"task:{pk}", data={"offers": n}) for pk, n in sorted(ended.items())]
    audit.record_many(verb, acts, by=by)
    move_up(task_ids=ended, by=by)
    return ended.total()


@transaction.atomic
def move_up(*, task_ids: Collection[uuid.UUID], by: Actor) -> int:
    """Ask those who wait for these tasks, by rank, until enough acceptances are expected again.

    Passes over who has as many offers out as anybody may have, and projects that hand out nothing
    just now (slowed down, short of funds). Returns how many were asked. The live offers of the
    tasks are locked, so nobody is asked for the same gap twice.
    """
    _one_at_a_time()
    live: dict[uuid.UUID, list[Offer]] = defaultdict(list)
    locked = Offer.objects.select_for_update(no_key=True, of=("self",))
    rows = (
        locked.select_related("project", "task", "annotator")
        .only(*_READ)
        .filter(
            task_id__in=task_ids,
            state__in=OFFER_LIVE,
            task__state=TaskState.OPEN,
            project__state=ProjectState.ACTIVE,
            project__funds_short_at=None,
            project__matching__slowed_at=None,
        )
    )
    for offer in rows.order_by("pk"):
        live[offer.task_id].append(offer)
    busy = out_to({offer.annotator_id for group in live.values() for offer in group})
    asked = [offer for group in live.values() for offer in _next(group, busy)]
    for project in {offer.project for offer in asked}:
        ids = [offer.pk for offer in asked if offer.project == project]
        Offer.objects.filter(pk__in=ids).update(**out_for(project))
    acts = [audit.Act(offer, data={"task": str(offer.task_id)}) for offer in asked]
    audit.record_many("offer_moved_up", acts, by=by)
    tellings = {
        (offer.annotator_id, offer.project_id): notices.Telling(
            offer.annotator.user_id, f"{offer.project.name}: work is offered to you.", LINK
        )
        for offer in asked
    }
    notices.notify_many(kind="offered", tellings=list(tellings.values()))
    return len(asked)


def _next(offers: Sequence[Offer], busy: Counter[uuid.UUID]) -> list[Offer]:
    """Those of one task who are asked now; `busy` counts them at once."""
    out = [offer for offer in offers if offer.state == OfferState.OFFERED]
    waiting = sorted(
        (
            offer
            for offer in offers
            if offer.state == OfferState.STANDBY and busy[offer.annotator_id] < MOST_EACH
        ),
        key=lambda offer: (offer.rank, offer.pk),
    )
    need = offers[0].task.open_slots - sum(offer.chance for offer in out)
    asked = waiting[: how_many(need, [offer.chance for offer in waiting])]
    busy.update(offer.annotator_id for offer in asked)
    return asked


def out_for(project: Project) -> dict[str, Any]:
    """The columns of an offer that goes out now."""
    minutes = dt.timedelta(minutes=project.offer_minutes)
    return {"state": OfferState.OFFERED, "offered_at": Now(), "expires_at": after(minutes)}
