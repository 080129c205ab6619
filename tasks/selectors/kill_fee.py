"""What a claim is paid when its client calls the work off."""

from dataclasses import dataclass

from marketplace.core.money import fee
from payments.pay.terms import KILL_BPS, WHOLE
from tasks.models import Assignment


@dataclass(frozen=True, slots=True)
class KillFee:
    """To the annotator and to the platform, in minor units; the rest goes back to the project."""

    amount_minor: int
    fee_minor: int


def kill_fee(row: Assignment) -> KillFee:
    """As frozen at the claim: `quote["kill_minor"]`, or half of its price, rounded up, for a claim
    without pay rules, which no setting changes. The platform's share of it is that of any pay.
    """
    agreed = row.quote.get("kill_minor")
    if agreed is None:
        agreed = -(-row.price_minor * KILL_BPS // WHOLE)
    amount = min(int(agreed), row.price_minor)
    return KillFee(amount, min(fee(amount, row.project.fee_bps), row.fee_minor))
