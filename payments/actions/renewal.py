"""A closed account at Stripe is given up, so that the annotator can open another and be paid.

Stripe never opens a closed account again, nor one to which its owner took our access away. A person
makes sure that it is the annotator who asks: whoever took over their account here would ask for the
same.
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
from payments.models import ConnectedAccount, Payout
from payments.selectors.payouts import OPEN
from payments.selectors.rails import CLOSED

PAGE = "/payouts/setup/"
NO_BANK = "of an account that was given up"


@transaction.atomic
def renew(*, annotator_id: uuid.UUID, reason: str, by: Actor) -> None:
    """Let the annotator open another account at Stripe; payouts wait as after new bank details.

    Staff only, and nobody their own. Refuses no reason, `not_closed`, `payouts_frozen` while the
    annotator's own stop stands, and `payout_open` until what is under way has ended: it goes to the
    account that it began with. The annotator reads the reason.
    """
    reason = guards.reason_of(reason)
    annotator = guards.annotator_for(annotator_id, by)
    rows = ConnectedAccount.objects.select_for_update(no_key=True)
    row = rows.filter(annotator=annotator_id).first()
    if row is None:
        raise NotFound("payout account")
    if row.transfers != CLOSED:
        raise Refused("not_closed", _("This account at Stripe is not closed."))
    if row.stopped_at is not None:
        raise Refused("payouts_frozen", _("Let the annotator's payouts go on first."))
    if Payout.objects.filter(annotator=annotator_id, state__in=OPEN).exists():
        raise Refused("payout_open", _("A payout is still under way: wait for its end."))
    was = row.stripe_account
    audit.context("renewed_account", by=by)
    _give_up(row)
    audit.record("renewed_account", row, by=by, reason=reason, was=was)
    text = _(
        "You can open a new account at Stripe: go to your payout account. New payouts wait until "
        "%(until)s (UTC), so that nobody else can have your money sent elsewhere. Reason: "
        "%(reason)s"
    ) % {"until": f"{row.payouts_held_until:%Y-%m-%d %H:%M}", "reason": reason}
    notify(user_id=annotator.user_id, kind="payout_setup", text=text, link=PAGE)


def _give_up(row: ConnectedAccount) -> None:
    """As before the first set-up; any bank that is read next is another one, and holds payouts."""
    now = clock.now()
    row.stripe_account, row.transfers, row.renewals = None, "none", row.renewals + 1
    row.requirements, row.requirements_due_at, row.reminded_at = [], None, None
    row.checked_at = row.bank_read_at = None
    row.details_print = row.details_print or NO_BANK
    row.details_changed_at = now
    row.payouts_held_until = now + dt.timedelta(hours=settings.PAYOUT_CHANGE_HOLD_HOURS)
    row.save()
