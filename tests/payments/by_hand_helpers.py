"""Helpers of the tests of money that was moved by hand: moved there, booked here, then quiet."""

from marketplace.core.actors import Actor, ActorKind
from payments.actions import by_hand, refund_sending
from payments.actions.comparisons.register import compare
from payments.models import ConnectedAccount, Difference
from payments.states import ComparisonName
from tests.payments.money import balance, pass_time
from tests.properties.money_world import findings
from tests.support.factories_payments import BY, earn_payable

GRACE, ADA = (Actor(ActorKind.STAFF, str(number)) for number in (1, 2))
WHY = "Sent back in the dashboard, since the client had asked by phone."
CLEARING = ("clearing_refund", "clearing_transfer", "clearing_reversal")


def quiet():
    """Cash agrees, every transfer is a payout, nothing is between us and Stripe, no audit finds."""
    assert compare(ComparisonName.CASH, by=BY).proves
    assert compare(ComparisonName.TRANSFERS, by=BY).proves
    assert [balance(kind, "platform") for kind in CLEARING] == [0, 0, 0]
    pass_time(days=8)
    assert compare(ComparisonName.CLEARING, by=BY).proves
    assert findings(at_rest=True) == []


def open_kinds():
    return set(Difference.objects.filter(state="open").values_list("kind", flat=True))


def book(by=GRACE, reason=WHY):
    row = Difference.objects.filter(state="open", kind__in=(*by_hand.REFUNDS, *by_hand.TRANSFERS))
    return by_hand.book(difference_id=row.get().pk, reason=reason, by=by)


def refund_by_hand(local, intent, amount, **mark):
    made = local.client.v1.refunds.create(
        {"payment_intent": intent, "amount": amount, "metadata": mark}
    )
    refund_sending.recognise(made.id, by=BY)
    return made.id


def transfer_by_hand(local, who, amount, **more):
    account = ConnectedAccount.objects.get(annotator=who).stripe_account
    made = local.client.v1.transfers.create(
        {"amount": amount, "currency": "usd", "destination": account, **more}
    )
    compare(ComparisonName.TRANSFERS, by=BY)
    return made.id


def earn(local, who, amount):
    """Payable money that a client paid in at Stripe."""
    local.fund(amount)
    earn_payable(who, amount)


def owed(who):
    return -balance("annotator_debt", f"annotator:{who.pk}")
