"""An annotator says that a person held an earning for longer wrongly; another person decides.

Within 72 hours, as appeals are; else the annotator has won. Who won gets the hold back that was
told first, and all acts that made it longer are found wrong. No money moves by it.
"""

import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import adverse, guards
from accounts.actions.notices import notify
from accounts.models import AdverseAct
from marketplace.core import audit, clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused
from marketplace.core.states import move
from payments.models import Earning, HoldContest
from payments.selectors import hold_contests as reads
from payments.states import HOLD_CONTEST_MOVES, EarningState, HoldContestState

DECIDED_WITHIN = dt.timedelta(hours=72)
LONGEST = 2000
BATCH = 200


@transaction.atomic
def contest(*, act_id: uuid.UUID, text: str, by: Actor) -> HoldContest:
    """The annotator says why a longer hold is wrong, once for each act, while the hold lasts.

    404 for an act that is not theirs, or is no longer hold; refuses (422) an empty text, and
    `contested_already`, `hold_over`.
    """
    text = guards.text_of(text, "text", LONGEST)
    mine = reads.acts().filter(pk=act_id, annotator__user_id=by.id)
    act = mine.first() if by.kind is ActorKind.USER else None
    if act is None:
        raise NotFound("hold")
    earning = _held(act)
    if earning.hold_contests.filter(state=HoldContestState.OPEN).exists() or reads.of_act(act):
        raise Refused("contested_already", _("This hold was contested already."))
    if not reads.lasts(act, earning):
        raise Refused("hold_over", _("The hold of this earning is over."))
    row = HoldContest.objects.create(
        act=act,
        earning=earning,
        annotator_id=act.annotator_id,
        text=text,
        set_by=act.by,
        due_at=clock.now() + DECIDED_WITHIN,
    )
    audit.record("contested_hold", row, by=by, reason=text)
    return row


@transaction.atomic
def decide(*, contest_id: uuid.UUID, lift: bool, why: str, by: Actor) -> HoldContest:
    """The hold is lifted, or stands; `why` is read by the annotator.

    Staff other than whoever made the hold longer, and not the annotator (403). Refuses (422) no
    reason, `decided_already`, and `too_late` to let it stand once 72 hours are over.
    """
    guards.staff_only(by)
    why = guards.text_of(why, "why", LONGEST)
    found = HoldContest.objects.filter(pk=contest_id).select_related("act").first()
    if found is None:
        raise NotFound("contest")
    earning = _held(found.act)
    row = HoldContest.objects.select_for_update(no_key=True).get(pk=contest_id)
    if row.state != HoldContestState.OPEN:
        raise Refused("decided_already", _("This is decided already."))
    setters = {row.set_by, *reads.standing(earning).values_list("by", flat=True)}
    if by.key in setters or by.id == str(earning.annotator.user_id):
        raise Refused("same_person", _("Somebody else has to decide this."), status=403)
    if not lift and row.due_at <= clock.now():
        raise Refused("too_late", _("Nobody decided within 72 hours: the annotator has won."))
    state = HoldContestState.WON if lift else HoldContestState.LOST
    _end(row, earning, state, why, by)
    return row


def lapse(*, by: Actor) -> int:
    """Up to 200 contests that nobody decided in time are won; returns how many were."""
    due = HoldContest.objects.filter(state=HoldContestState.OPEN, due_at__lte=clock.Now())
    return sum(_lapse(pk, by) for pk in list(due.values_list("pk", flat=True)[:BATCH]))


@transaction.atomic
def _lapse(contest_id: uuid.UUID, by: Actor) -> bool:
    """The earning is locked first, as everywhere; who decided meanwhile was first."""
    found = HoldContest.objects.select_related("act").get(pk=contest_id)
    earning = _held(found.act)
    row = HoldContest.objects.select_for_update(no_key=True).get(pk=contest_id)
    if row.state != HoldContestState.OPEN:
        return False
    _end(row, earning, HoldContestState.LAPSED, _("Nobody decided it in time."), by)
    return True


def _held(act: AdverseAct) -> Earning:
    """The earning of the act, locked."""
    rows = Earning.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("annotator").get(pk=reads.earning_of(act))


def _end(row: HoldContest, earning: Earning, state: HoldContestState, why: str, by: Actor) -> None:
    """Close it, lift the hold where the annotator has won, and tell them."""
    decided_by = "" if state == HoldContestState.LAPSED else by.key
    move(
        row,
        state,
        HOLD_CONTEST_MOVES,
        decided_by=decided_by,
        decision=why,
        ended_at=clock.now(),
    )
    audit.record(f"hold_contest_{state}", row, by=by, reason=why)
    text = _("The longer hold of “%(label)s” stands. %(why)s")
    if state != HoldContestState.LOST:
        _lift(earning, why, by)
        text = _("The longer hold of “%(label)s” is lifted. %(why)s")
    notify(
        user_id=earning.annotator.user_id,
        kind="hold",
        text=text % {"label": earning.label, "why": why},
        link=adverse.page_of(row.act),
    )


def _lift(earning: Earning, why: str, by: Actor) -> None:
    """Back to the hold that was told first; one that was taken back may yet be given back."""
    for act in reads.standing(earning):
        adverse.reverse(act=act, why=why, by=by)
    usual = earning.usual_until or clock.now()
    if earning.state in (EarningState.PENDING, EarningState.TAKEN) and usual < earning.hold_until:
        earning.hold_until = usual
        earning.hold_reason = _("Held as usual: the longer hold was lifted.")
        earning.save(update_fields=["hold_until", "hold_reason"])
        audit.record("lifted_hold", earning, by=by, reason=why, until=usual.isoformat())
