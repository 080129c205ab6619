"""Concluding after a submission: the job that weighs a task's answers, one task after another.

The world is that of `bench claim`, with an answer to every accepted assignment. Some of its tasks
get all their answers, each project is measured, and each of these tasks is then weighed as a worker
does it: the promise is taken, the job run, everything committed.
"""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.db import connection, transaction

from marketplace.core import outbox
from marketplace.core.models import OutboxMessage
from marketplace.devservers.errors import ServersError
from marketplace.ops.bench import crowd, scratch, server
from marketplace.ops.bench.arithmetic import spread
from marketplace.ops.bench.claim import add_size, size_of
from marketplace.ops.bench.inside import quiet
from marketplace.ops.bench.table import Table
from tasks.models import Task

WARM_UP = 20
JOB = "tasks.weigh_task"
# Whoever answers is one of so many in each project: those are measured.
MEASURED_ANNOTATORS = 50
# One answer in ten differs: most tasks are concluded, some get one more slot.
ANSWERS = """
SELECT setseed(0.5);
UPDATE tasks_project SET target_confidence = 0.9, max_overlap = overlap + 2;
CREATE TEMP TABLE bench_weighed ON COMMIT DROP AS
SELECT id, project_id, row_number() OVER (ORDER BY id) AS n FROM tasks_task
 WHERE state = 'open' AND open_slots = overlap ORDER BY id LIMIT %(weighed)s;
INSERT INTO tasks_assignment (
    id, task_id, project_id, annotator_id, state, currency, price_minor, fee_minor,
    guideline_version, leased_until, fence, extensions, returns, claimed_at, submitted_at,
    decided_at, final_at)
SELECT gen_random_uuid(), task.id, project.id,
       ('00000000-0000-7000-8000-' ||
            lpad((1 + (task.n + k) %% %(known)s)::text, 12, '0'))::uuid,
       'accepted', 'usd', project.price_minor, 0, 1, core_now(), 1, 0, 0, core_now(), core_now(),
       core_now(), core_now()
  FROM bench_weighed task
  JOIN tasks_project project ON project.id = task.project_id
 CROSS JOIN LATERAL generate_series(1, project.overlap) k;
INSERT INTO tasks_submission (
    id, assignment_id, task_id, annotator_id, version, answer, digest, guideline_version)
SELECT gen_random_uuid(), id, task_id, annotator_id, 1,
       jsonb_build_object('verdict', CASE WHEN random() < 0.1 THEN 'no' ELSE 'yes' END), 'bench', 1
  FROM tasks_assignment WHERE state = 'accepted';
UPDATE tasks_task SET state = 'filled', open_slots = 0 WHERE id IN (SELECT id FROM bench_weighed);
INSERT INTO tasks_questionmodel (
    project_id, question, method, weights, classes, prior, stranger, calibration, supported,
    accept_from, why, labels, gold_tasks, reliability)
SELECT id, 'verdict', 'dawid_skene',
       '{"dawid_skene": 0.5, "pooled_dawid_skene": 0.3, "one_coin": 0.2}',
       '["\\"yes\\"", "\\"no\\""]',
       '{"dawid_skene": [0.5, 0.5], "pooled_dawid_skene": [0.5, 0.5], "one_coin": [0.5, 0.5]}',
       '{"dawid_skene": [[0.7, 0.3], [0.3, 0.7]], "pooled_dawid_skene": [[0.7, 0.3], [0.3, 0.7]],
         "one_coin": [[0.7, 0.3], [0.3, 0.7]]}', %(calibration)s, true, 0.9, '', 1000, 50, '[]'
  FROM tasks_project;
INSERT INTO tasks_annotatormodel (question_model_id, annotator_id, confusion, answers)
SELECT model.id, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
       '{"dawid_skene": [[0.9, 0.1], [0.1, 0.9]], "pooled_dawid_skene": [[0.9, 0.1], [0.1, 0.9]],
         "one_coin": [[0.9, 0.1], [0.1, 0.9]]}', 50
  FROM tasks_questionmodel model CROSS JOIN generate_series(1, %(known)s) n;
INSERT INTO core_outboxmessage (job, args, state, attempts, request_id, last_error)
SELECT 'tasks.weigh_task', jsonb_build_object('task_id', id), 'pending', 0, '', ''
  FROM bench_weighed ORDER BY n;
"""


def add_arguments(parser: ArgumentParser) -> None:
    """How large the world is and how many tasks are weighed."""
    add_size(parser, tasks=20_000, history=20_000)
    parser.add_argument("--weighed", type=int, default=500, help="tasks that are weighed")
    parser.add_argument("--volatile", action="store_true", help="on a server that may lose data")


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Build the world, weigh, and say what became of the tasks."""
    size, weighed = size_of(options), options["weighed"]
    if weighed <= WARM_UP:
        raise ServersError(f"--weighed: more than the {WARM_UP} that warm up.")
    with scratch.database():
        found = server.facts(volatile=options["volatile"])
        out.say(server.sentence(found))
        out.say(f"{size.tasks:,} tasks, {size.annotators:,} annotators, {size.projects:,} projects")
        crowd.build(size, out)
        answer(size, weighed)
        with quiet():
            figures = weigh_all(out)
    return figures | {"server": found, "tasks": size.tasks}


def answer(size: crowd.Size, weighed: int) -> None:
    """All answers, measured projects, and a promise for each task that is to be weighed."""
    # Half of the grid that gold leaves possible: a calibration costs by its size.
    steps = [round(0.4 + 0.1 * n, 1) for n in range(16)]
    calibration = {
        "temperature": steps,
        "lapse": [0.01] * len(steps),
        "weight": [1 / len(steps)] * len(steps),
        "gold": 50,
    }
    values: dict[str, Any] = {
        "weighed": weighed,
        "known": min(MEASURED_ANNOTATORS, size.annotators),
        "calibration": json.dumps(calibration),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(ANSWERS, values)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET statement_timeout")


def weigh_all(out: Table) -> dict[str, Any]:
    """Milliseconds of each job, and the states of the tasks afterwards."""
    ids = list(OutboxMessage.objects.filter(job=JOB).order_by("pk").values_list("pk", "args"))
    seconds = []
    for pk, _args in ids:
        began = time.perf_counter()
        row = outbox.take(pk)
        if row is not None:
            outbox.run(row)
        seconds.append(time.perf_counter() - began)
    tasks = [args["task_id"] for _pk, args in ids]
    states = list(Task.objects.filter(pk__in=tasks).values_list("state", flat=True))
    figures: dict[str, Any] = spread(seconds[WARM_UP:])
    counts = {state: states.count(state) for state in sorted(set(states))}
    out.figure("p95 ms of the job", figures["p95_ms"], f"p50 {figures['p50_ms']:.1f}", decimals=2)
    out.say(f"{len(seconds) - WARM_UP} jobs; their tasks are now: {counts}")
    return figures | {"jobs": len(seconds) - WARM_UP, "states": counts}
