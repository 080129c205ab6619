"""Helpers of the tests of clawbacks: earned, paid and taken money of one project."""

from django.db import transaction

from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.ids import new_id
from payments.actions import clawbacks, outcomes, payouts
from payments.actions.earnings import Accrual, accrue_all, mature
from payments.actions.reserve import reserve
from payments.models import Earning
from payments.stripe.gateway import Transfer
from tests.payments.money import balance
from tests.support.factories_payments import BY, fund

GRACE, ADA = (Actor(ActorKind.STAFF, str(number)) for number in (1, 2))
REASON = "The answer was copied from the guideline's own example, word for word."
POT = "project:p9"


def earned(who, amount=1000, fee=200):
    """A pending earning with a fee on top."""
    holder = f"assignment:{new_id()}"
    organization_id = fund(POT, amount + fee)
    with transaction.atomic():
        reserve(
            holder=holder, pot=POT, organization_id=organization_id, currency="usd",
            price_minor=amount, fee_minor=fee, by=BY,
        )  # fmt: skip
    (row,) = accrue_all([Accrual(holder, who.pk, "Task 7")], by=BY)
    return row


def payable(who, amount=1000, fee=200):
    row = earned(who, amount, fee)
    Earning.objects.filter(pk=row.pk).update(hold_until=clock.now())
    mature(by=BY)
    row.refresh_from_db()
    return row


def start(who):
    return payouts.start(annotator_id=who.pk, currency="usd", by=BY)


def sent(who, name="tr_1"):
    row = start(who)
    payouts.sent(row.pk, transfer(row, name), by=BY)
    row.refresh_from_db()
    return row


def transfer(row, name="tr_1"):
    return Transfer(name, row.amount_minor, "usd", row.destination, "", str(row.pk), 0, clock.now())


def failed(row):
    taken = outcomes.take(row.pk)
    outcomes.failed(taken, "No such account.", by=BY)


def ask(row, amount=None, by=GRACE, reason=REASON):
    return clawbacks.ask(
        earning_id=row.pk,
        amount_minor=row.amount_minor if amount is None else amount,
        reason=reason,
        by=by,
    )


def pots():
    """(project funds, platform fee, loss)."""
    return (
        balance("project_funds", POT),
        balance("platform_fee", "platform"),
        balance("platform_loss", "platform"),
    )


def debt(who):
    return -balance("annotator_debt", f"annotator:{who.pk}")


def own(who):
    return Actor(ActorKind.USER, str(who.user_id))
