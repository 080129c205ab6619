"""A transfer that a person made in Stripe's dashboard, as a payout of ours that was sent.

It pays what is payable, in whole earnings, the oldest first. What it brought beyond that is an
award that is taken back at once: a debt like any other, which later payouts keep, a reversal of the
transfer settles, and the annotator can contest.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.actions import adverse
from accounts.actions.notices import notify
from accounts.models import AnnotatorProfile
from accounts.states import AdverseKind, PolicyRule
from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from marketplace.core.errors import Refused
from payments.actions import clawbacks, debts, rails
from payments.actions.ledger import Leg, Posting
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.currencies import major
from payments.models import Clawback, ConnectedAccount, Earning, HandBooking, Payout
from payments.states import MADE, ClawbackState, EarningKind, EarningState, PayoutState
from payments.stripe.gateway import Transfer

ENDED = (*MADE, PayoutState.FAILED)


def whose(seen: Transfer, *, by: Actor) -> AnnotatorProfile:
    """The annotator whose account got it.

    Refuses `not_ours` an account that is nobody's here, `own_money` (403) staff who got it
    themselves, `already_booked`, and `is_ours` while a payout that it names is under way.
    """
    return _account(seen, by=by).annotator


def _account(seen: Transfer, *, by: Actor) -> ConnectedAccount:
    """Under its lock inside a transaction, as a payout that begins."""
    rows = ConnectedAccount.objects.select_related("annotator")
    account = rows.filter(stripe_account=seen.destination).first()
    if account is None:
        text = "The account that got this transfer is none of our annotators'."
        raise Refused("not_ours", text)
    clawbacks.not_own(account.annotator, by)
    if Payout.objects.filter(stripe_transfer=seen.id).exists():
        raise Refused("already_booked", "This transfer is in our books already.")
    named = rails.payout_of(seen)
    if named and Payout.objects.filter(pk=named).exclude(state__in=ENDED).exists():
        raise Refused("is_ours", "A payout of ours is under way that this may be: wait for it.")
    return account


class Work:
    """What becomes of it; `begin` is first, under the lock of the annotator's account."""

    def __init__(self, seen: Transfer) -> None:
        self.seen = seen

    def begin(self, *, by: Actor) -> None:
        """Look again, in turn with the annotator's payouts."""
        own = ConnectedAccount.objects.filter(stripe_account=self.seen.destination)
        list(own.select_for_update(no_key=True))
        self.annotator = _account(self.seen, by=by).annotator

    def owner(self) -> dict[str, Any]:
        """Whose it is, as columns."""
        return {"annotator_id": self.annotator.pk}

    def second_needed(self) -> bool:
        """As of a clawback; what single persons booked by hand lately counts together."""
        currency = self.seen.currency
        rows = HandBooking.objects.filter(
            annotator=self.annotator,
            currency=currency,
            decided_by="",
            booked_at__gt=clock.now() - dt.timedelta(days=clawbacks.ALONE_DAYS),
        )
        alone = rows.aggregate(minor=Sum("amount_minor"))["minor"] or 0
        return alone + self.seen.amount_minor > settings.CLAWBACK_ALONE_MINOR.get(currency, 0)

    def rows(self, row: HandBooking, *, by: Actor) -> list[Posting]:
        """A payout that was sent, with what it paid; for the rest an award, and its clawback."""
        seen, pot = self.seen, owner("annotator", self.annotator.pk)
        amount = seen.amount_minor
        payout = row.payout = Payout.objects.create(
            annotator=self.annotator,
            destination=seen.destination,
            currency=seen.currency,
            amount_minor=amount,
            state=PayoutState.SENT,
            stripe_transfer=seen.id,
            created_at=seen.made_at,
            sent_at=clock.now(),
        )
        paid = self._payable(amount)
        Earning.objects.filter(pk__in=[one.pk for one in paid]).update(
            state=EarningState.PAID, payout=payout
        )
        audit.record("payout_sent", payout, by=by, transfer=seen.id, reason=row.reason)
        self._tell(payout)
        data = {"transfer": seen.id, "made_at": seen.made_at.isoformat()}
        start: list[Leg] = [("annotator_payable", pot, -amount), _transit(pot, amount)]
        done: list[Leg] = [_transit(pot, -amount), ("clearing_transfer", PLATFORM, amount)]
        postings = [
            Posting(f"payout:{payout.pk}:start", "payout_start", start, seen.currency),
            Posting(f"payout:{payout.pk}:done", "payout_done", done, seen.currency, data),
        ]
        rest = amount - sum(one.amount_minor - one.taken_minor for one in paid)
        return self._ahead(row, payout, rest, postings, by=by) if rest else postings

    def _payable(self, most: int) -> list[Earning]:
        """Whole earnings that fit, the oldest first."""
        rows = Earning.objects.select_for_update(no_key=True).filter(
            annotator=self.annotator, currency=self.seen.currency, state=EarningState.PAYABLE
        )
        fit = []
        for one in rows.order_by("id"):
            part = one.amount_minor - one.taken_minor
            if part <= most:
                fit.append(one)
                most -= part
        return fit

    def _tell(self, payout: Payout) -> None:
        said = {"amount": major(payout.amount_minor, payout.currency)}
        text = _("We sent you %(amount)s by hand. It counts as a payout.") % said
        notify(user_id=self.annotator.user_id, kind="payout", text=text, link="/earnings/")

    def _ahead(
        self, row: HandBooking, payout: Payout, rest: int, postings: list[Posting], *, by: Actor
    ) -> list[Posting]:
        """What was sent ahead of being earned: paid by the platform, and owed to it."""
        amount, pot = major(rest, row.currency), owner("annotator", self.annotator.pk)
        label = _("Sent to you by hand, ahead of what you had earned")
        earning = Earning.objects.create(
            annotator=self.annotator,
            kind=EarningKind.GOODWILL,
            source=f"award:{row.pk}",
            pot=PLATFORM,
            label=label,
            currency=row.currency,
            amount_minor=rest,
            lines=[{"kind": "award", "amount_minor": rest, "text": label}],
            state=EarningState.PAID,
            hold_until=clock.now(),
            hold_reason="",
            payout=payout,
        )
        audit.record("awarded", earning, by=by, reason=label, amount_minor=rest)
        debt = self._debt(row, earning, by=by)
        text = _("%(amount)s of it is ahead of what you had earned: later payouts keep it.") % {
            "amount": amount
        }
        link = adverse.page_of(self.act)
        notify(user_id=self.annotator.user_id, kind="clawback", text=text, link=link)
        award: list[Leg] = [("platform_cost", PLATFORM, -rest), ("annotator_payable", pot, rest)]
        owed: list[Leg] = [("annotator_debt", pot, -rest), ("platform_cost", PLATFORM, rest)]
        return [
            Posting(f"award:{row.pk}", "award", award, row.currency),
            *postings,
            Posting(clawbacks.entry_key(debt), "clawback", owed, row.currency),
            *debts.settle_from_returned(debt),
        ]

    def _debt(self, row: HandBooking, earning: Earning, *, by: Actor) -> Clawback:
        """A booked clawback of the award, with its act."""
        said = {"number": row.stripe_id, "reason": row.reason}
        text = _(
            "A transfer by hand (%(number)s) brought more than you had earned. What it brought "
            "beyond that is kept from later payouts. It is no fault of yours. Reason: %(reason)s"
        )
        debt = Clawback(
            earning=earning,
            annotator=self.annotator,
            currency=earning.currency,
            amount_minor=earning.amount_minor,
            reason=text % said,
            state=ClawbackState.BOOKED,
            taken_from="debt",
            second_needed=bool(row.decided_by),
            asked_by=row.asked_by,
            approved_by=row.decided_by,
            booked_at=clock.now(),
        )
        self.act = adverse.record(
            annotator=self.annotator,
            kind=AdverseKind.PAY_TAKEN,
            subject=f"clawback:{debt.pk}",
            rule=PolicyRule.CLAWBACK,
            text=debt.reason,
            evidence=[f"payout:{earning.payout_id}"],
            by=by,
        )
        debt.save(force_insert=True)
        row.clawback = debt
        audit.record("booked_clawback", debt, by=by, amount_minor=debt.amount_minor)
        return debt


def _transit(pot: str, amount: int) -> Leg:
    return ("annotator_in_transit", pot, amount)
