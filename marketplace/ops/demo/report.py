"""The demo's report: what it counted, whether it adds up, and how it is shown.

The figures come from different places on purpose: counts from what the driver saw at the doors,
money from the ledger, and once more from the local Stripe. A report that adds up is therefore
evidence, not an echo.
"""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from payments.currencies import major


@dataclass(frozen=True)
class Quality:
    """What the client, the annotators and the lots say of quality.

    `gold_tasks` are the tasks with a known answer, `gold_answers` what was answered to them,
    `gold_right` how many of those were right; `more_answers` the tasks that were asked about once
    more than planned; `adjudicated` the disputes that were decided; `appeals` how many rejections
    were appealed, `appeals_won` with what success. Of the delivery: its `lots`, how many results
    were `inspected` and found to be `defects`, and `error_bound`, below which the error of what is
    delivered lies with a confidence of 95 %; `warranty` says it in words.
    """

    gold_tasks: int
    gold_answers: int
    gold_right: int
    more_answers: int
    contested: int
    adjudicated: int
    appeals: int
    appeals_won: int
    lots: int
    inspected: int
    defects: int
    error_bound: float | None
    warranty: str


@dataclass(frozen=True)
class Report(Quality):
    """All figures of one run; money in minor units of `currency`.

    `submissions` counts every hand-in, so each is accepted, rejected or returned in the end;
    `accepted` and `rejected` are what the annotators' pages say in the end.
    `expired` counts leases that ran out. `claims_double` counts tasks that one annotator held
    twice or that had more live claims than slots. `ledger_sum` is the sum of all legs.
    `accuracy_of_results` is None where no truth is known. `deposits_minor` is what the client paid
    in, `stripe_deposits_minor` the same as the local Stripe saw it; `paid_minor` what the ledger
    settled to experts and reviewers, `stripe_paid_minor` the transfers at the local Stripe;
    `owed_minor` is earned and not yet paid, `funds_left_minor` the client's money not spent
    (reserved or free), `expected_minor` what the verdicts the driver saw must have earned.
    `audit_rows` counts what the audit views show, which is nothing where all is well, and
    `audit_problems` says each as a sentence; `audit_entries` counts the acts in the audit trail.
    """

    tasks: int
    submissions: int
    accepted: int
    rejected: int
    expired: int
    results: int
    accuracy_of_results: float | None
    claims_double: int
    ledger_sum: int
    deposits_minor: int
    paid_minor: int
    stripe_paid_minor: int
    fees_minor: int
    audit_rows: int
    seconds: float
    currency: str
    overlap: int
    returned: int
    reviews: int
    annotators: int
    stripe_deposits_minor: int
    owed_minor: int
    funds_left_minor: int
    expected_minor: int
    audit_entries: int
    audit_problems: list[str] = field(default_factory=list)


RATIOS = ("accuracy_of_results", "error_bound")


def write_report(report: Report, faults: list[str], path: Path) -> None:
    """Write the report as JSON at once (a reader never sees half a file), with its faults."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**dict(_ordered(report)), "adds_up": not faults, "faults": faults}, indent=2)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.replace(path)


def table(report: Report, faults: list[str]) -> str:
    """The report for people: one line a figure, then the faults or a sentence that all adds up."""
    shown = {
        name: _shown(name, value, report.currency)
        for name, value in _ordered(report)
        if name not in {"currency", "audit_problems", "warranty"}
    }
    width = max(map(len, shown))
    right = max(map(len, shown.values()))
    lines = [
        f"{name.removesuffix('_minor'):<{width}}  {text:>{right}}" for name, text in shown.items()
    ]
    verdict = ["Money and counts add up."] if not faults else [f"WRONG: {one}" for one in faults]
    return "\n".join([*lines, "-" * (width + right + 2), report.warranty, *verdict])


def _ordered(report: Report) -> list[tuple[str, Any]]:
    """The figures, quality after the rest."""
    of_quality = {one.name for one in fields(Quality)}
    return sorted(asdict(report).items(), key=lambda pair: pair[0] in of_quality)


def _shown(name: str, value: Any, currency: str) -> str:
    if name.endswith("_minor"):
        return major(value, currency)
    if name in RATIOS:
        return "not known" if value is None else f"{value:.1%}"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
