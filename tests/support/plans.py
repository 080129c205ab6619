"""The plans that PostgreSQL really runs, those inside its functions and triggers included.

    with plans_of_this_connection() as seen:
        claims.claim(...)
    assert whole_scans(seen, big_tables()) == []

`auto_explain` sends each plan to the client; it comes with every PostgreSQL, and loading it needs
the superuser that tests are.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

_BIG = 1000  # rows: below that, reading the whole table is often right
_ON = """
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0;
SET auto_explain.log_nested_statements = on;
SET auto_explain.log_format = json;
SET auto_explain.log_analyze = on;
SET auto_explain.log_buffers = on;
SET auto_explain.log_timing = off;
SET client_min_messages = log;
"""
_OFF = "SET auto_explain.log_min_duration = -1; RESET client_min_messages;"

Plan = Mapping[str, Any]


@contextmanager
def plans_of_this_connection() -> Iterator[list[Plan]]:
    """Collect the plan of every statement: its text under `Query Text`, its top node under `Plan`.

    Rows and blocks are those of the run itself.
    """
    seen: list[Plan] = []

    def note(said: Any) -> None:
        text = said.message_primary or ""
        if "plan:\n" in text:
            seen.append(json.loads(text.split("plan:\n", 1)[1]))

    connection.ensure_connection()
    driver = connection.connection
    _run(_ON)
    driver.add_notice_handler(note)
    try:
        yield seen
    finally:
        _run(_OFF)
        driver.remove_notice_handler(note)


def nodes(plan: Plan) -> Iterator[Plan]:
    """Every node of a plan, or of what lies below a node."""
    node = plan.get("Plan", plan)
    yield node
    for below in node.get("Plans", ()):
        yield from nodes(below)


def tables(seen: Sequence[Plan]) -> set[str]:
    """The tables that were read."""
    return {
        node["Relation Name"] for plan in seen for node in nodes(plan) if "Relation Name" in node
    }


def whole_scans(seen: Sequence[Plan], names: set[str]) -> list[str]:
    """Nodes that read one of the tables from end to end, by row or by index, each with its text."""
    return sorted(
        f"{node['Node Type']} on {node['Relation Name']}: {' '.join(plan['Query Text'].split())[:90]}"
        for plan in seen
        for node in nodes(plan)
        if node.get("Relation Name") in names and _reads_all(node)
    )


def _reads_all(node: Plan) -> bool:
    kind = node["Node Type"]
    return kind == "Seq Scan" or (
        kind in {"Index Scan", "Index Only Scan"} and "Index Cond" not in node
    )


def blocks(plan: Plan) -> int:
    """Blocks that a plan touched, in memory or not, what it called included."""
    top = plan["Plan"]
    return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])


def rows_read(plan: Plan, table: str) -> int:
    """Rows of a table that a plan's nodes returned or threw away; about.

    A plan gives rows per loop, and before PostgreSQL 18 whole ones: 500 rows of 32 loops are 16
    each. Where the loops are many and the bound is near, count with `entries_read`.
    """
    return sum(
        int(node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)))
        for node in nodes(plan)
        if node.get("Relation Name") == table
    )


@contextmanager
def entries_read(index: str) -> Iterator[list[int]]:
    """Count, exactly, the entries of an index that scans return inside; inside one transaction."""
    count: list[int] = []
    before = _returned(index)
    yield count
    count.append(_returned(index) - before)


def _returned(index: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_get_xact_tuples_returned(%s::regclass)", [index])
        (count,) = cursor.fetchone()
        return int(count)


def big_tables() -> set[str]:
    """Tables that the statistics say are big."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s"
            " AND relnamespace = 'public'::regnamespace",
            [_BIG],
        )
        return {name for (name,) in cursor.fetchall()}


def _run(statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statements)
