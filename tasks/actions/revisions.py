"""Revisions: a result that was found wrong says something else, and what it said is kept."""

from decimal import Decimal
from typing import Any

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.expressions import Now
from tasks.models import Result, ResultRevision
from tasks.states import ResultSource


def revise(
    result: Result,
    *,
    answer: Any,
    source: ResultSource,
    why: str,
    by: Actor,
    confidence: Decimal | None = None,
    calibrated: bool = False,
    details: dict[str, Any] | None = None,
) -> ResultRevision:
    """Keep what the result says as a revision, then let it say `answer`, for the reason `why`.

    A person's word carries no confidence: it is no share of votes. The caller holds the lock of the
    task.
    """
    kept = ResultRevision.objects.create(
        result=result,
        number=result.revisions.count() + 1,
        answer=result.answer,
        source=result.source,
        confidence=result.confidence,
        calibrated=result.calibrated,
        details=result.details,
        concluded_at=result.concluded_at,
        why=why,
        replaced_by=by.key,
    )
    result.answer, result.source = answer, source
    result.confidence, result.calibrated = confidence, calibrated
    result.details = details or {}
    result.concluded_at = Now()
    result.save()
    result.refresh_from_db()
    audit.record("result_revised", result, by=by, reason=why, source=source, revision=kept.number)
    return kept
