"""Payouts that want attention or a next step."""

from payments.models import Payout
from payments.states import PayoutState


def frozen_count() -> int:
    """How many payouts need a person."""
    return Payout.objects.filter(state=PayoutState.FROZEN).count()
