"""A run of a comparison: begun, done, and kept with what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.expressions import Now
from payments.models import Comparison
from payments.states import ComparisonName
from payments.stripe.gateway import StripeFault


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many things were compared, how many did not agree, and figures for people."""

    checked: int
    differences: int
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one run. `proves`: it came to its end, and everything agreed."""

    name: ComparisonName
    checked: int
    differences: int
    failure: str
    facts: dict[str, Any]

    @property
    def proves(self) -> bool:
        """Whether both sides agreed, all of it."""
        return not self.failure and not self.differences


Work = Callable[[Actor], Outcome]


def run(name: ComparisonName, work: Work, *, by: Actor) -> Ran:
    """Do one comparison and keep what came of it; remote where `work` is.

    A fault of Stripe's ends the run without a proof; the next one begins anew. Whatever else goes
    wrong is raised, and the row stays without an end.
    """
    row = Comparison.objects.create(name=name)
    try:
        outcome = work(by)
    except StripeFault as fault:
        return _end(row, Outcome(0, 0), by=by, failure=str(fault))
    return _end(row, outcome, by=by)


@transaction.atomic
def _end(row: Comparison, outcome: Outcome, *, by: Actor, failure: str = "") -> Ran:
    Comparison.objects.filter(pk=row.pk).update(
        ended_at=Now(),
        checked=outcome.checked,
        differences=outcome.differences,
        facts=outcome.facts,
        failure=failure[:300],
    )
    if failure or outcome.differences:  # the row itself tells of those that prove
        found = {"name": row.name, "differences": outcome.differences}
        audit.record("compared", row, by=by, reason=failure[:300], **found)
    name = ComparisonName(row.name)
    return Ran(name, outcome.checked, outcome.differences, failure[:300], outcome.facts)
