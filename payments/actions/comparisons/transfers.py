"""R5: each transfer at Stripe is one payout of ours, and each payout sent is one transfer."""

import datetime as dt
import uuid
from collections.abc import Sequence

from marketplace.core import clock
from marketplace.core.actors import Actor
from payments.actions import differences, outcomes, sending
from payments.actions.comparisons.running import Outcome
from payments.models import Comparison, Payout
from payments.states import MADE, ComparisonName
from payments.stripe import transfers
from payments.stripe.gateway import Transfer

ORPHAN, MISSING = "transfer_orphan", "transfer_missing"
OVERLAP = dt.timedelta(days=3)


def compare(by: Actor) -> Outcome:
    """The transfers since three days before the last whole comparison, page by page; remote.

    One that names a payout of ours which does not know it yet is booked; one that is nobody's, one
    that our books contradict, and a sent payout without its transfer are kept for a person.
    """
    since = _since()
    checked, strange, contradicted = 0, 0, 0
    seen: set[uuid.UUID] = set()
    for page in transfers.made_since(since):
        checked += len(page)
        for transfer, row in _with_payouts(page):
            if row is None or not sending.is_of(row, transfer):
                strange += 1
                _orphan(transfer, by=by)
            elif row.stripe_transfer == transfer.id or outcomes.sent(row.pk, transfer, by=by):
                seen.add(row.pk)
            else:
                contradicted += 1
    missing = _without_transfer(since, seen, by=by)
    facts = {"orphans": strange, "contradicted": contradicted, "missing": missing}
    return Outcome(checked, sum(facts.values()), facts)


def _since() -> dt.datetime | None:
    last = (
        Comparison.objects.filter(name=ComparisonName.TRANSFERS, ended_at__isnull=False, failure="")
        .order_by("-started_at")
        .first()
    )
    return last.started_at - OVERLAP if last else None


def _with_payouts(page: Sequence[Transfer]) -> list[tuple[Transfer, Payout | None]]:
    """Each transfer with the payout that was booked for it, or that its metadata names."""
    named = {transfer.id: _uuid(transfer.payout_id) for transfer in page}
    known = Payout.objects.in_bulk([pk for pk in named.values() if pk])
    booked = Payout.objects.filter(stripe_transfer__in=list(named))
    sent = {row.stripe_transfer: row for row in booked}
    return [
        (one, sent.get(one.id) or (known.get(pk) if (pk := named[one.id]) else None))
        for one in page
    ]


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _orphan(transfer: Transfer, *, by: Actor) -> None:
    differences.found(
        kind=ORPHAN,
        subject=f"transfer:{transfer.id}",
        reason=(
            f"Stripe has a transfer of {transfer.amount_minor} {transfer.currency} to "
            f"{transfer.destination} that is no payout of ours (it names {transfer.payout_id!r})."
        ),
        currency=transfer.currency,
        ours_minor=0,
        theirs_minor=transfer.amount_minor,
        by=by,
    )


def _without_transfer(since: dt.datetime | None, seen: set[uuid.UUID], *, by: Actor) -> int:
    """Sent payouts of the time that was read whose transfer was not in the list."""
    sent = Payout.objects.filter(state__in=MADE, sent_at__lt=clock.after(-OVERLAP / 3))
    if since is not None:
        sent = sent.filter(created_at__gte=since)
    missing = 0
    for row in sent.order_by("pk").iterator(chunk_size=500):
        if row.pk not in seen:
            missing += 1
            differences.found(
                kind=MISSING,
                subject=f"payout:{row.pk}",
                reason=f"Sent as {row.stripe_transfer}, which Stripe does not list.",
                currency=row.currency,
                ours_minor=row.amount_minor,
                theirs_minor=0,
                by=by,
            )
    return missing
