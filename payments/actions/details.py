"""Bank details that change: payouts wait, the annotator is told, and can say stop.

Whoever takes over an annotator's account wants one thing: another bank account. So new payouts are
held for some days after each change, which gives the owner time to notice.
"""

import datetime as dt
import uuid

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import guards
from accounts.actions.notices import notify
from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from marketplace.core.errors import NotFound, Refused
from payments.actions import differences
from payments.models import ConnectedAccount, Difference
from payments.states import DifferenceState
from payments.stripe import banks

KIND = "payout_details"
PAGE = "/payouts/setup/"


def note(account_id: str, *, by: Actor) -> None:
    """Compare the bank accounts at Stripe with those last seen; remote, safe to repeat.

    The first ones ever seen are what later ones are compared with. An account that is not ours, or
    has none yet, is left alone.
    """
    if ConnectedAccount.objects.filter(stripe_account=account_id).exists():
        found = banks.details_print(account_id)
        if found:
            keep(account_id, found, by=by)


@transaction.atomic
def keep(account_id: str, found: str, *, by: Actor) -> None:
    """Write the fingerprint; when it is another one, hold payouts and tell the annotator."""
    rows = ConnectedAccount.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("annotator").get(stripe_account=account_id)
    if row.details_print == found:
        return
    audit.context("read_details", by=by)
    first, row.details_print = row.details_print == "", found
    if first:
        row.save(update_fields=["details_print"])
        return
    now = clock.now()
    row.details_changed_at = now
    row.payouts_held_until = now + dt.timedelta(hours=settings.PAYOUT_CHANGE_HOLD_HOURS)
    row.save(update_fields=["details_print", "details_changed_at", "payouts_held_until"])
    audit.record("details_changed", row, by=by, until=row.payouts_held_until.isoformat())
    text = _(
        "Your bank details at Stripe have changed. New payouts wait until %(until)s (UTC). If this "
        "was not you, freeze your payouts on this page now."
    ) % {"until": f"{row.payouts_held_until:%Y-%m-%d %H:%M}"}
    notify(user_id=row.annotator.user_id, kind="payout_details", text=text, link=PAGE)


@transaction.atomic
def not_me(*, annotator_id: uuid.UUID, by: Actor) -> None:
    """The annotator did not make the change: no new payout until a person has looked.

    They asked for it, so it is no act against them; again does nothing. Refuses `no_account`.
    """
    rows = ConnectedAccount.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("annotator").filter(annotator=annotator_id).first()
    if row is None or not row.stripe_account:
        raise Refused("no_account", _("There is no payout account yet, so nothing can be paid."))
    if row.stopped_at is not None:
        return
    audit.context("stopped_payouts", by=by)
    row.stopped_at = clock.now()
    row.save(update_fields=["stopped_at"])
    audit.record("stopped_payouts", row, by=by)
    differences.found(
        kind=KIND,
        subject=_subject(annotator_id),
        reason="The annotator says that somebody else changed the bank details, or may pay out.",
        by=by,
    )
    text = _(
        "Your payouts are frozen. A person looks into it and writes to you. Change your password."
    )
    notify(user_id=row.annotator.user_id, kind="payout_details", text=text, link=PAGE)


@transaction.atomic
def release(*, annotator_id: uuid.UUID, reason: str, by: Actor) -> None:
    """A person has made sure whose bank account it is: payouts go on. The annotator is told.

    Staff only, and nobody their own. Refuses no reason, and (409) an account that nothing holds.
    """
    reason = guards.reason_of(reason)
    annotator = guards.annotator_for(annotator_id, by)
    rows = ConnectedAccount.objects.select_for_update(no_key=True)
    row = rows.filter(annotator=annotator_id).first()
    if row is None:
        raise NotFound("payout account")
    held = row.payouts_held_until is not None and row.payouts_held_until > clock.now()
    if row.stopped_at is None and not held:
        raise Refused("not_held", _("Nothing holds these payouts."))
    audit.context("released_payouts", by=by)
    row.stopped_at = row.payouts_held_until = None
    row.save(update_fields=["stopped_at", "payouts_held_until"])
    audit.record("released_payouts", row, by=by, reason=reason)
    open_ones = Difference.objects.filter(
        kind=KIND, subject=_subject(annotator_id), state=DifferenceState.OPEN
    )
    for pk in open_ones.values_list("pk", flat=True):
        differences.resolve(difference_id=pk, resolution=reason, by=by)
    text = _("Your payouts go on. Reason: %(reason)s") % {"reason": reason}
    notify(user_id=annotator.user_id, kind="payout_details", text=text, link=PAGE)


def _subject(annotator_id: uuid.UUID) -> str:
    return f"annotator:{annotator_id}"
