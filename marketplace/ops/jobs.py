"""The sweeps that look at all rooms at once."""

from marketplace.core.actors import job as acting
from marketplace.core.registry import sweep
from marketplace.ops import reconciling
from payments.states import ComparisonName


@sweep("ops.prove_books", every=86_400, queue="bulk")
def prove_books() -> None:
    """R6: our books with themselves."""
    reconciling.compare(ComparisonName.BOOKS, by=acting("ops.prove_books"))
