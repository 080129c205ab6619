"""What pieces of work have earned."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Subquery
from django.db.models.expressions import Combinable, OuterRef

from payments.models import Earning


@dataclass(frozen=True, slots=True)
class Earned:
    """What one piece of work has earned, in minor units, and the parts of it."""

    currency: str
    amount_minor: int
    lines: Sequence[Mapping[str, Any]]


def of(holder: str) -> Earned | None:
    """What a holder (`assignment:<id>`, `review:<id>`) has earned, or none yet."""
    row = Earning.objects.filter(source=holder).first()
    return Earned(row.currency, row.amount_minor, row.lines) if row else None


def amounts(holders: Iterable[str]) -> dict[str, int]:
    """What they have earned, in minor units, in one statement; who earned nothing is left out."""
    rows = Earning.objects.filter(source__in=list(holders))
    return dict(rows.values_list("source", "amount_minor"))


def amount_of(holder: Combinable | OuterRef) -> Subquery:
    """The same for each row of a list: a reference to its holder gives the amount, or null."""
    return Subquery(Earning.objects.filter(source=holder).values("amount_minor"))
