"""What a project may say of its pay beside the price: the rules of payments/pay/terms.py, and what
they need of the project and of the taxonomy.
"""

from collections.abc import Iterator
from typing import Any

from accounts.models import Domain
from marketplace.core import clock
from marketplace.core.errors import Fault
from payments.pay import terms
from tasks.actions.field_checks import Check, Fields
from tasks.interface.hygiene import json_problems

# Checked against each other: a change of one is looked at together with the other as it stands.
TOGETHER = ("pay", "review_rubric")


def check_together(fields: Fields) -> Iterator[Fault]:
    """A bonus by a rubric that there is not. Each field by itself is fine."""
    bonus = fields.get("pay", {}).get("bonus", {})
    if bonus.get("measure") == "rubric" and not fields.get("review_rubric"):
        yield Fault(terms.at("bonus", "measure"), "The project has no rubric (review_rubric).")


def _pay(value: Any) -> Iterator[Fault]:
    problems = json_problems(value)
    if problems:
        yield from (Fault(f"/pay{problem.pointer}", problem.message) for problem in problems)
        return
    found = terms.faults(value, now=clock.now())
    yield from found
    if not found and value.get("domains"):
        known = set(Domain.objects.filter(pk__in=value["domains"]).values_list("pk", flat=True))
        for path in value["domains"]:
            if path not in known:
                yield Fault(terms.at("domains", path), "There is no such domain in the taxonomy.")


CHECKS: dict[str, Check] = {"pay": _pay}
