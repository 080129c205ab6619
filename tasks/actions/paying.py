"""What accepted work is paid: the quote of its claim and the facts of the work, as accruals.

A claim without pay rules is paid its whole price. Set by set: as many statements for one as for
all, and none where no claim has rules.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min

from accounts.selectors.domains import called
from payments.actions.earnings import Accrual
from payments.currencies import major
from payments.pay.quote import MOST_CORRECTIONS, Quote
from payments.pay.settle import Facts, counted, settle
from payments.pay.terms import WHOLE, moment
from tasks.models import Assignment, Review, Submission
from tasks.states import ReviewKind, Verdict

Names = Mapping[str, str]  # of domains, by path


@dataclass(frozen=True, slots=True)
class _Seen:
    """When the first version was handed in, and whether a reviewer mended the answer."""

    handed_in_at: dt.datetime
    fixed: bool


def accruals(rows: Sequence[Assignment]) -> list[Accrual]:
    """What each of these locked assignments, which are accepted now, has earned."""
    quoted = [row for row in rows if row.quote]
    seen = _seen([row.pk for row in quoted]) if quoted else {}
    scores = _scores([row for row in quoted if row.quote["bonus_measure"] == "rubric"])
    names = called(row.quote["domain"] for row in quoted if row.quote["domain_bps"] != WHOLE)
    return [
        _settled(row, seen[row.pk], scores.get(row.pk), names) if row.quote else _whole(row)
        for row in rows
    ]


def amount(row: Assignment, accrual: Accrual) -> int:
    """What that accrual brings its annotator, in minor units."""
    return row.price_minor if accrual.amount_minor is None else accrual.amount_minor


def _label(row: Assignment) -> str:
    return f"Accepted answer: {row.project.name}"


def _whole(row: Assignment) -> Accrual:
    return Accrual(row.holder, row.annotator_id, _label(row))


def _settled(row: Assignment, seen: _Seen, score: tuple[int, int] | None, names: Names) -> Accrual:
    facts = Facts(row.active_seconds, row.returns, seen.fixed, seen.handed_in_at, score)
    found = settle(row.quote, facts)
    texts = _texts(row, facts, names)
    lines = tuple(
        {"kind": kind, "amount_minor": part, "text": texts[kind]}
        for kind, part in found.parts.items()
    )
    return Accrual(
        row.holder,
        row.annotator_id,
        _label(row),
        amount_minor=found.amount_minor,
        fee_minor=found.fee_minor,
        lines=lines,
    )


def _seen(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, _Seen]:
    found = Submission.objects.filter(assignment__in=ids).values("assignment_id")
    versions = found.annotate(first=Min("submitted_at"), edits=Count("edited_by"))
    return {row["assignment_id"]: _Seen(row["first"], row["edits"] > 0) for row in versions}


def _scores(rows: Sequence[Assignment]) -> dict[uuid.UUID, tuple[int, int]]:
    """The points given and possible, by assignment: of the last review that let the answer pass."""
    if not rows:
        return {}
    rubrics = {
        row.pk: {one["name"]: one["max"] for one in row.project.review_rubric} for row in rows
    }
    reviews = Review.objects.filter(
        submission__assignment__in=[row.pk for row in rows],
        verdict__in=[Verdict.ACCEPT, Verdict.FIX],
    ).exclude(kind=ReviewKind.SECOND)
    found = {}
    for pk, given in reviews.order_by("decided_at", "pk").values_list(
        "submission__assignment_id", "scores"
    ):
        rubric = rubrics[pk]
        points = {name: given[name] for name in rubric if name in given}
        if points:
            found[pk] = (sum(points.values()), sum(rubric[name] for name in points))
    return found


def _texts(row: Assignment, facts: Facts, names: Names) -> dict[str, str]:
    """A sentence for each part, as the statement keeps it."""
    quote, currency = row.quote, row.currency
    corrections = min(facts.corrections, MOST_CORRECTIONS)
    measured = _time(counted(quote, facts.active_seconds))
    bonus = "accepted unchanged" if quote["bonus_measure"] == "unchanged" else "by its rubric"
    return {
        "base": _base(row, measured, names),
        "bonus": f"Quality bonus: {bonus}",
        "rush": f"Handed in before {_when(quote)}: {_percent(quote['rush_bps'])} more",
        "correction": f"Corrections handed in: {corrections}",
        "floor": f"Up to {major(quote['floor_minor'], currency)} an hour for {measured}",
    }


def _base(row: Assignment, measured: str, names: Names) -> str:
    quote = row.quote
    parts = [_label(row)]
    if quote["model"] == "hourly":
        parts.append(f"{measured} at {major(quote['rate_minor'], row.currency)} an hour")
    return "; ".join(parts + _reasons(quote, names))


def _reasons(quote: Quote, names: Names) -> list[str]:
    """Why the price was multiplied, as short words."""
    pairs: list[tuple[str, Any]] = [
        (f"tier {quote['tier']}", quote["tier_bps"]),
        (names.get(quote["domain"], ""), quote["domain_bps"]),
    ]
    return [f"{name} × {bps / WHOLE:g}" for name, bps in pairs if bps != WHOLE]


def _when(quote: Quote) -> str:
    """The end of the rush; empty where there is none."""
    until = quote["rush_until"]
    return f"{moment(until).astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC" if until else ""


def _percent(bps: int) -> str:
    return f"{bps / 100:g} %"


def _time(seconds: int) -> str:
    return f"{seconds // 60} min {seconds % 60} s"
