"""How long earned money waits before it can be paid, and why.

New annotators wait `HOLD_DAYS_NEW`, trusted ones `HOLD_DAYS_TRUSTED`. Trusted is who has a tier of
2 or more, or whose first payout was sent more than 30 days ago; and from whom nothing was taken
back, and no pay withheld by a person (an act that still stands), within the last 90 days: those are
watched, and wait as long as new ones. Once told, a hold gets longer only by a person who gives a
reason.
"""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import adverse, guards
from accounts.actions.notices import notify
from accounts.states import AdverseKind, PolicyRule
from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from payments.currencies import major
from payments.models import Earning
from payments.states import MADE, EarningState, HoldContestState

TRUSTED_TIER = 2
KNOWN_FOR = dt.timedelta(days=30)
REMEMBERED = dt.timedelta(days=90)
LONGEST = dt.timedelta(days=90)

# How the annotator of a row `asked` stands, for a statement that asks other things too. What was
# taken back is an act like pay withheld, and no act any more once it was found wrong. That Stripe
# answers unclearly, or that we sent too much by hand, is nothing that an annotator did.
STANDING = """
CASE WHEN NOT (
    EXISTS (SELECT FROM accounts_annotatorprofile who
             WHERE who.id = asked.annotator_id AND who.tier >= %(trusted_tier)s)
    OR EXISTS (SELECT FROM payments_payout sent
                WHERE sent.annotator_id = asked.annotator_id
                  AND sent.state = ANY(%(made)s::text[])
                  AND sent.sent_at <= core_now() - %(known_for)s::interval)
) THEN 'new' WHEN EXISTS (
    SELECT FROM accounts_adverseact act
     WHERE act.annotator_id = asked.annotator_id AND act.kind = ANY(%(against_pay)s::text[])
       AND act.rule <> %(not_theirs)s
       AND act.reversed_at IS NULL AND act.at >= core_now() - %(remembered)s::interval
       AND NOT EXISTS (SELECT FROM payments_handbooking hand
                        WHERE act.subject = 'clawback:' || hand.clawback_id)
) THEN 'watched' ELSE 'trusted' END
"""
FACTS: dict[str, Any] = {
    "trusted_tier": TRUSTED_TIER,
    "made": list(MADE),
    "known_for": KNOWN_FOR,
    "against_pay": [AdverseKind.PAY_WITHHELD.value, AdverseKind.PAY_TAKEN.value],
    "not_theirs": PolicyRule.PAYOUT.value,
    "remembered": REMEMBERED,
}
_OF = f"""
SELECT asked.annotator_id, core_now(), {STANDING}
  FROM unnest(%(annotators)s::uuid[]) AS asked (annotator_id)
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True)
class Hold:
    """Until when an earning waits, and the reason in a sentence for its annotator."""

    until: dt.datetime
    reason: str


def of(annotator_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Hold]:
    """The hold of what each annotator earns now."""
    with connection.cursor() as cursor:
        cursor.execute(_OF, {"annotators": list(annotator_ids), **FACTS})
        return {one: decided(now, standing) for one, now, standing in cursor.fetchall()}


def decided(now: dt.datetime, standing: str) -> Hold:
    """The hold of what is earned `now` by one who stands so (`STANDING`)."""
    new, later = settings.HOLD_DAYS_NEW, settings.HOLD_DAYS_TRUSTED
    if standing == "trusted":
        return Hold(now + dt.timedelta(days=later), _reason(later))
    reason = _reason_of_new(new, later) if standing == "new" else _reason_of_watched(new)
    return Hold(now + dt.timedelta(days=new), reason)


def _reason(days: int) -> str:
    return ngettext(
        "Accepted work is held for %(days)d day before it can be paid.",
        "Accepted work is held for %(days)d days before it can be paid.",
        days,
    ) % {"days": days}


def _reason_of_new(days: int, later: int) -> str:
    now = ngettext(
        "Held for %(days)d day while you are new here.",
        "Held for %(days)d days while you are new here.",
        days,
    ) % {"days": days}
    then = ngettext("Later it is %(days)d day.", "Later it is %(days)d days.", later)
    return f"{now} {then % {'days': later}}"


def _reason_of_watched(days: int) -> str:
    return ngettext(
        "Held for %(days)d day, because pay was taken back or held within 90 days.",
        "Held for %(days)d days, because pay was taken back or held within 90 days.",
        days,
    ) % {"days": days}


@transaction.atomic
def lengthen(*, earning_id: uuid.UUID, until: dt.datetime, reason: str, by: Actor) -> Earning:
    """A person holds an earning for longer, with a reason that its annotator reads.

    Staff only, and nobody their own. Refuses no reason, an earning whose hold is over, an end that
    is not later than now set, and one more than 90 days from now; and `hold_contested` while the
    annotator's objection is not decided. The act is written down.
    """
    reason = guards.reason_of(reason)
    found = Earning.objects.filter(pk=earning_id).values_list("annotator_id", flat=True).first()
    if found is None:
        raise NotFound("earning")
    annotator = guards.annotator_for(found, by)
    row = Earning.objects.select_for_update(no_key=True).get(pk=earning_id)
    if row.state != EarningState.PENDING:
        raise Refused("hold_over", _("The hold of this earning is over."))
    if not row.hold_until < until <= clock.now() + LONGEST:
        text = _("Choose a time later than the present end, and at most 90 days from now.")
        raise invalid(_("The hold cannot end then."), [Fault("/until", text)])
    if row.hold_contests.filter(state=HoldContestState.OPEN).exists():
        raise Refused("hold_contested", _("The annotator contests this hold: decide that first."))
    act = adverse.record(
        annotator=annotator,
        kind=AdverseKind.PAY_WITHHELD,
        subject=f"earning:{row.pk}",
        rule=PolicyRule.HOLD,
        text=reason,
        evidence=[f"earning:{row.pk}"],
        by=by,
    )
    row.usual_until = row.usual_until or row.hold_until
    row.hold_until, row.hold_reason = until, _("A person holds this for longer: see why.")
    row.save(update_fields=["hold_until", "hold_reason", "usual_until"])
    audit.record("lengthened_hold", row, by=by, reason=reason, until=until.isoformat())
    text = _("Your %(amount)s for “%(label)s” are held until %(day)s. Reason: %(reason)s") % {
        "amount": major(row.amount_minor, row.currency),
        "label": row.label,
        "day": until.strftime("%Y-%m-%d"),
        "reason": reason,
    }
    notify(user_id=annotator.user_id, kind="hold", text=text, link=adverse.page_of(act))
    return row
