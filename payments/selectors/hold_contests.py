"""Holds that a person made longer, and what was said against them."""

import uuid
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import AdverseAct
from accounts.states import AdverseKind, PolicyRule
from marketplace.core import clock
from payments.models import Earning, HoldContest
from payments.states import EarningState, HoldContestState


@dataclass(frozen=True, slots=True)
class Hold:
    """A longer hold as its annotator reads it; `open`: it can be contested."""

    act: AdverseAct
    earning: Earning
    contest: HoldContest | None
    open: bool


def acts() -> QuerySet[AdverseAct]:
    """All acts that made a hold longer."""
    return AdverseAct.objects.filter(
        kind=AdverseKind.PAY_WITHHELD, rule=PolicyRule.HOLD, subject__startswith="earning:"
    )


def standing(earning: Earning) -> QuerySet[AdverseAct]:
    """Those against one earning that were not found wrong."""
    return acts().filter(subject=f"earning:{earning.pk}", reversed_at__isnull=True)


def earning_of(act: AdverseAct) -> uuid.UUID:
    """The id of the earning that an act of `acts` is about."""
    return uuid.UUID(act.subject.partition(":")[2])


def of_act(act: AdverseAct) -> HoldContest | None:
    """What was said against it."""
    return HoldContest.objects.filter(act=act).first()


def lasts(act: AdverseAct, earning: Earning) -> bool:
    """Whether the earning is still held, and the act was not found wrong."""
    held = earning.state == EarningState.PENDING and earning.hold_until > clock.now()
    return held and act.reversed_at is None


def shown(act: AdverseAct) -> Hold:
    """An act of `acts`, for its annotator."""
    earning = Earning.objects.get(pk=earning_of(act))
    said = of_act(act)
    others = earning.hold_contests.filter(state=HoldContestState.OPEN).exists()
    return Hold(act, earning, said, said is None and not others and lasts(act, earning))


def open_count() -> int:
    """How many wait for a decision."""
    return HoldContest.objects.filter(state=HoldContestState.OPEN).count()
