"""A marketplace of any size, written by a few statements instead of a million actions.

Every constraint, foreign key and trigger is in force; money comes in by `post`, candidates by the
marketplace's own refresh. Ids are made of the row's number, so that a statement of `pgbench` can
name an annotator without looking anybody up.
"""

import time
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from marketplace.core.ids import new_id
from marketplace.ops.bench import scratch
from marketplace.ops.bench.table import Table
from payments.actions.ledger import Posting, post
from tasks.actions import matching

DOMAINS = 42
"""Leaves of the taxonomy in use: 20,000 annotators and 400 projects make some 375,000 pairs."""
FUNDS_MINOR = 10**10
PEOPLE = """
INSERT INTO accounts_user (id, password, is_superuser, email, name, time_zone, is_staff, is_active)
SELECT ('00000000-0000-4000-a000-' || lpad(n::text, 12, '0'))::uuid, '!', false,
       'annotator' || n || '@example.test', 'Annotator ' || n, 'UTC', false, true
  FROM generate_series(1, %(annotators)s) n;
INSERT INTO accounts_annotatorprofile (
    id, user_id, pseudonym, state, country, languages, bio, links)
SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
       ('00000000-0000-4000-a000-' || lpad(n::text, 12, '0'))::uuid,
       gen_random_uuid(), 'active', 'US', '{en}', '', '{}'
  FROM generate_series(1, %(annotators)s) n;
CREATE TEMP TABLE bench_leaf ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY path) - 1 AS number, path FROM accounts_domain leaf
 WHERE NOT EXISTS (SELECT 1 FROM accounts_domain WHERE path LIKE leaf.path || '.%%')
 ORDER BY path LIMIT %(domains)s;
INSERT INTO accounts_annotatorprofile_domains (annotatorprofile_id, domain_id)
SELECT DISTINCT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, leaf.path
  FROM generate_series(1, %(annotators)s) n
 CROSS JOIN LATERAL (VALUES (n), (CASE WHEN n %% 3 > 0 THEN n * 7 + n / 43 END),
                            (CASE WHEN n %% 3 = 2 THEN n * 11 + n / 97 END)) one (drawn)
  JOIN bench_leaf leaf ON leaf.number = one.drawn %% (SELECT count(*) FROM bench_leaf);
"""
PROJECTS = """
INSERT INTO tasks_project (
    id, organization_id, name, brief, state, interface, currency, price_minor, review_price_minor,
    fee_bps, overlap, review_percent, domain_id, credential_required, languages, countries,
    lease_minutes, expected_minutes, activated_at)
SELECT ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, %(organization)s,
       'Project ' || n, 'Tasks to claim.', 'active', %(interface)s::jsonb, 'usd', 100 + n %% 50, 50,
       2000, %(overlap)s, 100, leaf.path, false, '{en}', '{}', 60, 20, core_now()
  FROM generate_series(1, %(projects)s) n
  JOIN bench_leaf leaf ON leaf.number = n %% (SELECT count(*) FROM bench_leaf);
INSERT INTO tasks_guideline (project_id, version, text)
SELECT id, 1, 'Say yes or no.' FROM tasks_project;
INSERT INTO tasks_batch (id, project_id, size)
SELECT id, id, greatest(%(tasks)s / %(projects)s, 1) FROM tasks_project;
"""
# Nine of ten have shown what they can do; the others are newcomers.
SKILLS = """
INSERT INTO tasks_skill (annotator_id, domain_id, alpha, beta, gold_seen, lower, upper)
SELECT annotatorprofile_id, domain_id, 36, 4, 40, 0.8, 0.96
  FROM accounts_annotatorprofile_domains
 WHERE right(annotatorprofile_id::text, 1) <> '0';
"""
# Task n is in project 1 + n % projects; the newest are open. Ids rise with n, as in life.
TASKS = """
INSERT INTO tasks_task (
    id, project_id, batch_id, position, external_id, payload, state, overlap, open_slots, priority,
    starter)
SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))
           ::uuid,
       project.id, project.id, n / %(projects)s, '',
       jsonb_build_object('text', 'Text ' || n || ' ' || repeat(md5(n::text), 4)),
       CASE WHEN n > %(concluded)s THEN 'open' ELSE 'concluded' END, %(overlap)s,
       CASE WHEN n > %(concluded)s
            THEN %(overlap)s - (%(overlap)s > 1 AND n / %(projects)s %% 4 = 0)::int ELSE 0 END,
       n / %(projects)s %% 5, n / %(projects)s %% 10 = 3
  FROM generate_series(1, %(tasks)s) n
 CROSS JOIN LATERAL (
    SELECT ('00000000-0000-7000-9000-' || lpad((1 + n %% %(projects)s)::text, 12, '0'))::uuid AS id
 ) project;
"""
SCORES = "UPDATE tasks_candidate SET score = random()"
# One answer on every fourth open task, and the rest of the history on concluded ones.
HISTORY = """
INSERT INTO tasks_assignment (
    id, task_id, project_id, annotator_id, state, currency, price_minor, fee_minor,
    guideline_version, leased_until, fence, extensions, returns, claimed_at, submitted_at,
    decided_at, final_at)
SELECT gen_random_uuid(), task.id, project.id,
       ('00000000-0000-7000-8000-' ||
            lpad((1 + (old.h * 7919::bigint + old.h / 13) %% %(annotators)s)::text, 12, '0'))::uuid,
       'accepted', 'usd', project.price_minor, project.price_minor * project.fee_bps / 10000, 1,
       past.at + interval '1 hour', 1, 0, 0, past.at, past.at, past.at, past.at
  FROM (
      SELECT h, 1 + h %% greatest(%(concluded)s, 1) AS n FROM generate_series(1, %(history)s) h
       WHERE %(concluded)s > 0
      UNION ALL
      SELECT n, n FROM generate_series(%(concluded)s + 1, %(tasks)s) n
       WHERE %(overlap)s > 1 AND n / %(projects)s %% 4 = 0
  ) old
  JOIN tasks_task task ON task.id =
       (lpad(to_hex(1700000000000 + old.n), 12, '0') || '7000' || '8000'
            || lpad(to_hex(old.n), 12, '0'))::uuid
  JOIN tasks_project project ON project.id = task.project_id
 CROSS JOIN LATERAL (SELECT core_now() - (20 + old.h %% 300) * interval '1 day' AS at) past
    ON CONFLICT DO NOTHING;
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large: `open_share` of the tasks wait for `overlap` answers each, the others are
    concluded; `history` is how many assignments those have, spread over all annotators.
    """

    tasks: int
    annotators: int
    projects: int
    history: int
    open_share: float = 0.2
    overlap: int = 3

    @property
    def concluded(self) -> int:
        """How many tasks are done with."""
        return self.tasks - round(self.tasks * self.open_share)


def build(size: Size, out: Table, *, mixed: bool = True) -> float:
    """Fill the connected, empty database; returns the seconds that took.

    `mixed` scores are random: by their facts these experts are equals, and all would be sent to
    the same project first.
    """
    began = time.perf_counter()
    organization = scratch.organization("Bench Labs")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        values = _values(size, organization)
        for what, statements in _STEPS.items():
            started = time.perf_counter()
            cursor.execute(statements, values)
            out.say(f"  {what}: {time.perf_counter() - started:.1f} s")
    _fund(size.projects, organization)
    _run("VACUUM ANALYZE")
    started = time.perf_counter()
    for number in range(1, size.projects + 1):
        matching.refresh_project(project_id=project_id(number))
    _run(*([SCORES] if mixed else []), "VACUUM ANALYZE")
    out.say(f"  candidates: {time.perf_counter() - started:.1f} s")
    return time.perf_counter() - began


_STEPS = {
    "people": PEOPLE,
    "projects": PROJECTS,
    "skills": SKILLS,
    "tasks": TASKS,
    "history": HISTORY,
}


def _run(*statements: str) -> None:
    """Each as long as it takes."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("RESET statement_timeout")


def _values(size: Size, organization: uuid.UUID) -> dict[str, Any]:
    return {
        "tasks": size.tasks,
        "annotators": size.annotators,
        "projects": size.projects,
        "history": size.history,
        "concluded": size.concluded,
        "overlap": size.overlap,
        "domains": min(DOMAINS, size.projects),  # nobody is without a project
        "organization": organization,
        "interface": scratch.INTERFACE_TEXT,
    }


def project_id(number: int) -> uuid.UUID:
    """The id of the project with this number, counted from 1."""
    return uuid.UUID(f"00000000-0000-7000-9000-{number:012d}")


def annotator_id(number: int) -> uuid.UUID:
    """The id of the annotator with this number, counted from 1."""
    return uuid.UUID(f"00000000-0000-7000-8000-{number:012d}")


def user_id(number: int) -> uuid.UUID:
    """The id of that annotator's user."""
    return uuid.UUID(f"00000000-0000-4000-a000-{number:012d}")


def _fund(projects: int, organization: uuid.UUID) -> None:
    """The client's deposit, and from it each project's money: entries like any others."""
    scratch.deposit(organization, projects * FUNDS_MINOR)
    owner = f"org:{organization}"
    with transaction.atomic():
        post(
            [
                Posting(
                    f"alloc:bench:{new_id()}",
                    "allocate",
                    [
                        ("client_prepaid", owner, -FUNDS_MINOR),
                        ("project_funds", f"project:{project_id(number)}", FUNDS_MINOR),
                    ],
                    scratch.CURRENCY,
                )
                for number in range(1, projects + 1)
            ],
            by=scratch.BY,
        )
