"""How long earned money waits before it can be paid, and why.

New annotators wait `HOLD_DAYS_NEW`, trusted ones `HOLD_DAYS_TRUSTED`. Trusted is who has a tier of
2 or more, or whose first payout was sent more than 30 days ago; and from whom nothing was taken
back, and no pay withheld (an act that still stands), within the last 90 days. Once told, a hold
gets longer only by a person who gives a reason, as an act that can be appealed.
"""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import adverse, guards
from accounts.actions.notices import notify
from accounts.models import AdverseAct, AnnotatorProfile
from accounts.states import AdverseKind, PolicyRule
from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from payments.currencies import major
from payments.models import Earning, Payout
from payments.states import MADE, EarningState

TRUSTED_TIER = 2
KNOWN_FOR = dt.timedelta(days=30)
REMEMBERED = dt.timedelta(days=90)
LONGEST = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Hold:
    """Until when an earning waits, and the reason in a sentence for its annotator."""

    until: dt.datetime
    reason: str


def of(annotator_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Hold]:
    """The hold of what each annotator earns now."""
    now = clock.now()
    new, trusted = settings.HOLD_DAYS_NEW, settings.HOLD_DAYS_TRUSTED
    known = _trusted(annotator_ids)
    return {
        one: Hold(now + dt.timedelta(days=trusted), _reason(trusted))
        if one in known
        else Hold(now + dt.timedelta(days=new), _reason_of_new(new, trusted))
        for one in annotator_ids
    }


def _trusted(annotator_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    ids = list(annotator_ids)
    tiers = AnnotatorProfile.objects.filter(pk__in=ids, tier__gte=TRUSTED_TIER)
    paid = Payout.objects.filter(
        annotator__in=ids, state__in=MADE, sent_at__lte=clock.after(-KNOWN_FOR)
    )
    lately = clock.after(-REMEMBERED)
    acts = AdverseAct.objects.filter(
        annotator__in=ids,
        kind__in=[AdverseKind.PAY_WITHHELD, AdverseKind.PAY_TAKEN],
        reversed_at__isnull=True,
        at__gte=lately,
    )
    taken = Earning.objects.filter(annotator__in=ids, taken_minor__gt=0, created_at__gte=lately)
    good = {*tiers.values_list("pk", flat=True), *paid.values_list("annotator", flat=True)}
    bad = acts.values_list("annotator", flat=True).union(taken.values_list("annotator", flat=True))
    return good - set(bad) if good else good


def _reason(days: int) -> str:
    return ngettext(
        "Accepted work is held for %(days)d day before it can be paid.",
        "Accepted work is held for %(days)d days before it can be paid.",
        days,
    ) % {"days": days}


def _reason_of_new(days: int, later: int) -> str:
    return ngettext(
        "Held for %(days)d day while you are new here, later for %(later)d.",
        "Held for %(days)d days while you are new here, later for %(later)d.",
        days,
    ) % {"days": days, "later": later}


@transaction.atomic
def lengthen(*, earning_id: uuid.UUID, until: dt.datetime, reason: str, by: Actor) -> Earning:
    """A person holds an earning for longer, with a reason that its annotator reads.

    Staff only, and nobody their own. Refuses no reason, an earning whose hold is over, an end that
    is not later than now set, and one more than 90 days from now. The act is written down.
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
    act = adverse.record(
        annotator=annotator,
        kind=AdverseKind.PAY_WITHHELD,
        subject=f"earning:{row.pk}",
        rule=PolicyRule.HOLD,
        text=reason,
        evidence=[f"earning:{row.pk}"],
        by=by,
    )
    row.hold_until, row.hold_reason = until, _("A person holds this for longer: see why.")
    row.save(update_fields=["hold_until", "hold_reason"])
    audit.record("lengthened_hold", row, by=by, reason=reason, until=until.isoformat())
    text = _("Your %(amount)s for “%(label)s” are held until %(day)s. Reason: %(reason)s") % {
        "amount": major(row.amount_minor, row.currency),
        "label": row.label,
        "day": until.strftime("%Y-%m-%d"),
        "reason": reason,
    }
    notify(user_id=annotator.user_id, kind="hold", text=text, link=adverse.page_of(act))
    return row
