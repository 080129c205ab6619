"""Tasks in: each row checked against the project's interface, all stored or none."""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, Refused, invalid
from marketplace.core.ids import new_id
from tasks.actions import gold_marks
from tasks.actions.access import project_for_change
from tasks.actions.gold_marks import Known
from tasks.interface.hygiene import clean_text, json_problems
from tasks.interface.problems import pointer
from tasks.interface.spec import Interface
from tasks.matching.starters import is_starter
from tasks.models import Batch, Matching, Project
from tasks.states import ProjectState

MOST_ROWS = 10_000
MOST_FAULTS = 100
LONGEST_EXTERNAL_ID = 120
PRIORITIES = (-1000, 1000)
KEYS = ("external_id", "payload", "priority", "gold")
CHUNK = 1000
# The ORM needs half a second for a thousand rows, this a twentieth of that.
_STARTER = is_starter("(%(before)s + %(start)s + place - 1)::bigint", "%(percent)s::bigint")
_INSERT = f"""
INSERT INTO tasks_task (id, project_id, batch_id, position, external_id, payload, state, overlap,
                        open_slots, priority, starter)
SELECT id, %(project)s, %(batch)s, %(start)s + place - 1, name, payload,
       CASE WHEN gold THEN 'gold' ELSE 'open' END, %(overlap)s,
       CASE WHEN gold THEN 0 ELSE %(overlap)s END, priority, NOT gold AND {_STARTER}
  FROM unnest(%(ids)s::uuid[], %(names)s::text[], %(payloads)s::jsonb[], %(priorities)s::smallint[],
              %(golds)s::boolean[])
    WITH ORDINALITY AS row (id, name, payload, priority, gold, place)
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True)
class Row:
    """One good row: where it stood, the client's own name for it, its content and its priority;
    `known` is its answer, if it is gold.
    """

    line: int
    external_id: str
    payload: Mapping[str, Any]
    priority: int
    known: Known | None = None


def post_tasks(
    *, project_id: uuid.UUID, rows: Iterable[tuple[int, object | Fault]], by: Actor
) -> Batch:
    """Store one batch. The sender numbers the `rows`; a `Fault` is a row that could not be read.

    Refuses (`invalid_rows`, 422) with up to 100 faults, each with a pointer that begins with the
    row's number; `batch_too_large` (413) beyond 10,000 rows; `wrong_state` for a closed project.
    """
    with transaction.atomic():
        project = project_for_change(project_id, by)
        if project.state == ProjectState.CLOSED:
            raise Refused("wrong_state", "A closed project takes no more tasks.")
        good = _checked(project, rows)
        _refuse_known(project, good)
        return _store(project, good, by)


def _checked(project: Project, rows: Iterable[tuple[int, object | Fault]]) -> list[Row]:
    interface = Interface.load(project.interface)
    good: list[Row] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for count, (line, value) in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise Refused(
                "batch_too_large", f"A batch holds at most {MOST_ROWS} tasks.", status=413
            )
        outcome = _read(interface, line, value)
        if isinstance(outcome, Row):
            outcome = _first_of_its_name(outcome, seen)
        if isinstance(outcome, Row):
            good.append(outcome)
        else:
            faults += outcome
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise _invalid(faults[:MOST_FAULTS])
    if not good:
        raise _invalid([Fault("", "There is no task in this batch.")])
    return good


def _read(interface: Interface, line: int, value: object | Fault) -> Row | list[Fault]:
    if isinstance(value, Fault):
        return [Fault(f"/{line}{value.pointer}", value.detail)]
    if not isinstance(value, Mapping):
        return [Fault(f"/{line}", "Must be of type object.")]
    faults = list(_outside(line, value))
    problems = interface.check_payload(value["payload"]) if "payload" in value else []
    faults += [Fault(f"/{line}/payload{p.pointer}", p.message) for p in problems]
    known = None
    if "gold" in value and "payload" in value and not problems:
        known = gold_marks.read(interface, value["payload"], value["gold"])
        if isinstance(known, list):
            faults += [Fault(f"/{line}/gold{one.pointer}", one.detail) for one in known]
    if faults or isinstance(known, list):
        return faults
    name, priority = value.get("external_id", ""), value.get("priority", 0)
    return Row(line, name, value["payload"], priority, known)


def _outside(line: int, value: Mapping[Any, Any]) -> Iterable[Fault]:
    """What is wrong around the payload."""
    if "payload" not in value:
        yield Fault(f"/{line}/payload", "This is required.")
    for key in value:
        if key not in KEYS:
            yield Fault(pointer(line, clean_text(str(key))[:100]), "Unknown key.")
    name = value.get("external_id", "")
    if not isinstance(name, str) or len(name) > LONGEST_EXTERNAL_ID or json_problems(name):
        yield Fault(
            f"/{line}/external_id", f"Must be text of at most {LONGEST_EXTERNAL_ID} characters."
        )
    priority = value.get("priority", 0)
    least, most = PRIORITIES
    if type(priority) is not int or not least <= priority <= most:
        yield Fault(f"/{line}/priority", f"Must be a whole number from {least} to {most}.")


def _first_of_its_name(row: Row, seen: dict[str, int]) -> Row | list[Fault]:
    first = seen.setdefault(row.external_id, row.line) if row.external_id else row.line
    if first == row.line:
        return row
    return [Fault(f"/{row.line}/external_id", f"Row {first} has the same one.")]


def _refuse_known(project: Project, rows: list[Row]) -> None:
    """The project's lock keeps another batch from bringing the same names in the meantime."""
    lines = {row.external_id: row.line for row in rows if row.external_id}
    known = project.tasks.filter(external_id__in=lines).values_list("external_id", flat=True)
    faults = [
        Fault(f"/{lines[name]}/external_id", "The project has a task of this name.")
        for name in known[:MOST_FAULTS]
    ]
    if faults:
        raise _invalid(sorted(faults, key=lambda fault: int(fault.pointer.split("/")[1])))


def _store(project: Project, rows: list[Row], by: Actor) -> Batch:
    before = project.batches.aggregate(tasks=Sum("size", default=0))["tasks"]
    batch = Batch(project=project, size=len(rows))
    batch.save(force_insert=True)
    ids = sorted(new_id() for _ in rows)  # so that the queue hands them out as they were posted
    with connection.cursor() as cursor:
        for start in range(0, len(rows), CHUNK):
            part = slice(start, start + CHUNK)
            values = _values(project, batch, start, ids[part], rows[part])
            cursor.execute(_INSERT, {**values, "before": before})
    golds = gold_marks.rows(project, zip(ids, (row.known for row in rows), strict=True), by=by)
    if project.state != ProjectState.DRAFT:
        _grow_shares(project, before + len(rows))
    audit.record("tasks_posted", batch, by=by, project=str(project.pk), tasks=len(rows), gold=golds)
    return batch


def _grow_shares(project: Project, tasks: int) -> None:
    """More tasks allow larger shares: reckoned anew once a tenth has come in, so that a client who
    posts tasks one by one does not have everybody matched for each of them.
    """
    known = Matching.objects.filter(project=project).values_list("slots", flat=True).first()
    if 10 * tasks * project.overlap > 11 * (known or 0):
        outbox.enqueue("tasks.refresh_project", project_id=str(project.pk))


def _values(
    project: Project, batch: Batch, start: int, ids: list[uuid.UUID], rows: list[Row]
) -> dict[str, Any]:
    return {
        "project": project.pk,
        "batch": batch.pk,
        "overlap": project.overlap,
        "percent": project.newcomer_percent,
        "start": start,
        "ids": ids,
        "names": [row.external_id for row in rows],
        "payloads": [json.dumps(row.payload) for row in rows],
        "priorities": [row.priority for row in rows],
        "golds": [row.known is not None for row in rows],
    }


def _invalid(faults: list[Fault]) -> Refused:
    return invalid("Nothing was stored: some rows are wrong.", faults, code="invalid_rows")
