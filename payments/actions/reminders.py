"""Reminders of what Stripe still wants, once a week at most, with the day where there is one."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions.notices import Telling, notify_many
from marketplace.core import clock
from marketplace.core.expressions import Now
from payments.models import ConnectedAccount
from payments.selectors.rails import ACTIVE, in_words

EVERY = dt.timedelta(days=7)
NOT_BEFORE = dt.timedelta(days=1)  # who has just begun knows it
PAGE = "/payouts/setup/"
NAMED = 3  # of the things wanted, in one sentence


@transaction.atomic
def remind(*, limit: int = 200) -> int:
    """Tell annotators whose set-up is not finished, or of whom Stripe wants something; how many.

    Accounts that are closed, and those that were reminded within a week, are left alone.
    """
    due = Q(reminded_at__isnull=True) | Q(reminded_at__lte=clock.after(-EVERY))
    rows = (
        ConnectedAccount.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .select_related("annotator")
        .filter(due, stripe_account__isnull=False, created_at__lte=clock.after(-NOT_BEFORE))
        .exclude(transfers="closed")
        .exclude(transfers=ACTIVE, requirements=[])
        .order_by("created_at")[:limit]
    )
    found = list(rows)
    notify_many(
        kind="payout_reminder",
        tellings=[Telling(row.annotator.user_id, sentence(row), PAGE) for row in found],
    )
    ConnectedAccount.objects.filter(pk__in=[row.pk for row in found]).update(reminded_at=Now())
    return len(found)


def sentence(row: ConnectedAccount) -> str:
    """What Stripe wants, by when, and what follows."""
    if not row.requirements:
        return _(
            "Stripe cannot send you money yet and asks for nothing at the moment. Open your payout "
            "account to see more."
        )
    needs = [in_words(need) for need in row.requirements]
    shown = "; ".join(needs[:NAMED])
    if len(needs) > NAMED:
        more = len(needs) - NAMED
        shown += ngettext(" and %(n)d more", " and %(n)d more", more) % {"n": more}
    if row.requirements_due_at is None:
        return _("Stripe still wants from you, to pay you: %(needs)s.") % {"needs": shown}
    day = f"{row.requirements_due_at:%Y-%m-%d}"
    return _("Stripe wants from you until %(day)s, to go on paying you: %(needs)s.") % {
        "day": day,
        "needs": shown,
    }
