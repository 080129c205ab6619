"""What an annotator owes after paid money was taken back, and how it grows smaller.

The oldest debt first. Each part is a `Recovery`, and the annotator sees it. Later payouts keep at
most a share of themselves and stay above the least payout, so that work goes on being paid.
"""

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import F

from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from payments.actions.ledger import Leg, Posting, post
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.models import Clawback, Payout, Recovery, Reversal
from payments.states import ClawbackState

Part = tuple[Clawback, int]


def open_debts(annotator_id: uuid.UUID, currency: str) -> list[Clawback]:
    """The clawbacks that are not settled, locked, the oldest first."""
    rows = Clawback.objects.select_for_update(no_key=True).filter(
        annotator_id=annotator_id,
        currency=currency,
        state=ClawbackState.BOOKED,
        taken_from="debt",
        settled_minor__lt=F("amount_minor"),
    )
    return list(rows.order_by("id"))


def split(rows: Sequence[Clawback], most: int) -> list[Part]:
    """Up to `most` minor units over the debts in their order."""
    parts = []
    for row in rows:
        part = min(row.unpaid_minor, most)
        if part > 0:
            parts.append((row, part))
            most -= part
    return parts


def keep_back(annotator_id: uuid.UUID, currency: str, payable: int, *, least: int) -> list[Part]:
    """What a payout of `payable` keeps for the annotator's debts: at most the share of
    `DEBT_SHARE_PERCENT`, and never so much that less than `least` is paid.
    """
    share = payable * settings.DEBT_SHARE_PERCENT // 100
    return split(open_debts(annotator_id, currency), min(share, payable - max(least, 1)))


def settle(
    parts: Sequence[Part],
    way: str,
    *,
    payout: Payout | None = None,
    reversal: Reversal | None = None,
) -> list[Recovery]:
    """Write down what settled each debt; the caller books it."""
    made = []
    for row, part in parts:
        row.settled_minor += part
        row.save(update_fields=["settled_minor"])
        made.append(
            Recovery.objects.create(
                clawback=row, way=way, amount_minor=part, payout=payout, reversal=reversal
            )
        )
    return made


def kept_leg(row: Payout) -> list[Leg]:
    """The leg of a payout that keeps something for a debt."""
    pot = owner("annotator", row.annotator_id)
    return [("annotator_debt", pot, row.recovered_minor)] if row.recovered_minor else []


def undo_payout(row: Payout) -> None:
    """A payout failed: what it kept is owed again. The caller books it, and holds its lock."""
    kept = Recovery.objects.filter(payout=row, undone_at__isnull=True)
    parts = dict(kept.order_by("clawback_id").values_list("clawback_id", "amount_minor"))
    rows = Clawback.objects.select_for_update(no_key=True).filter(pk__in=parts).order_by("id")
    for debt in rows:
        debt.settled_minor -= parts[debt.pk]
        debt.save(update_fields=["settled_minor"])
    kept.update(undone_at=Now())


def settle_from_returned(row: Clawback) -> list[Posting]:
    """A new debt is settled first from money that came back from Stripe by itself."""
    pot, postings = owner("annotator", row.annotator_id), []
    waiting = Reversal.objects.select_for_update(no_key=True).filter(
        payout__annotator_id=row.annotator_id, currency=row.currency, returned_minor__gt=0
    )
    for reversal in waiting.order_by("id"):
        part = min(reversal.returned_minor, row.unpaid_minor)
        if part > 0:
            reversal.returned_minor -= part
            reversal.save(update_fields=["returned_minor"])
            (made,) = settle([(row, part)], "returned")
            legs = [("annotator_returned", pot, -part), ("annotator_debt", pot, part)]
            postings.append(Posting(f"returned:{made.pk}", "debt_settled", legs, row.currency))
    return postings


@transaction.atomic
def write_off(*, clawback_id: uuid.UUID, why: str, by: Actor) -> Clawback:
    """Let go of what is left of a debt: the platform bears it.

    Staff only, and nobody their own (403); a reason must be given (422). Refuses `no_debt` where
    nothing is left.
    """
    if by.kind != "staff":
        raise Refused("not_permitted", "Only staff let go of a debt.", status=403)
    if not why.strip():
        raise invalid("Say why: it is kept.", [Fault("/why", "Say why.")])
    row = Clawback.objects.select_for_update(no_key=True).filter(pk=clawback_id).first()
    if row is None:
        raise NotFound("clawback")
    if str(row.annotator.user_id) == by.id:
        raise Refused("own_money", "Nobody decides on their own money.", status=403)
    if row.unpaid_minor == 0:
        raise Refused("no_debt", "Nothing is left of this debt.")
    (made,) = settle([(row, row.unpaid_minor)], "write_off")
    audit.record("wrote_off", row, by=by, reason=why.strip(), amount_minor=made.amount_minor)
    legs = [
        ("platform_loss", PLATFORM, -made.amount_minor),
        ("annotator_debt", owner("annotator", row.annotator_id), made.amount_minor),
    ]
    post([Posting(f"write_off:{made.pk}", "write_off", legs, row.currency)], by=by)
    return row
