"""Before a drill: annotators who may be paid, what they earned, and the clients' money for it."""

import datetime as dt
import uuid

from accounts.models import AnnotatorProfile, User
from marketplace.core import clock
from marketplace.core.actors import job as acting
from marketplace.ops.bench import scratch
from marketplace.ops.drill.stripe_process import DrillStripe
from payments.actions import awards, books, earnings, onboarding
from payments.states import EarningKind

BY = acting("ops.drill")
CURRENCY = scratch.CURRENCY
LEAST_MINOR = 5_000
HOLDS_OVER = dt.timedelta(days=30)


def owed(number: int) -> int:
    """What the annotator with this number earned, in two parts: no two amounts are the same."""
    return LEAST_MINOR + 7 * number


def fill(stripe: DrillStripe, *, key: str, payouts: int) -> None:
    """Annotators with an account each, two earnings each whose hold is over, and twice the money
    that it takes at Stripe and in the books.
    """
    total = 2 * sum(owed(number) for number in range(payouts))
    stripe.charge(key, total, CURRENCY)
    scratch.deposit(scratch.organization("Drill Labs"), total)
    books.sync(by=BY)
    people = [_annotator(number) for number in range(payouts)]
    for number, person in enumerate(people):
        _earn(person, owed(number))
        onboarding.start(
            annotator_id=person.pk,
            return_url="http://127.0.0.1/back",
            refresh_url="http://127.0.0.1/again",
            by=BY,
        )
        account = person.connected_account.stripe_account or ""
        stripe.activate(account)
        onboarding.refresh(account, by=BY)
    clock.advance(HOLDS_OVER)
    stripe.advance(int(HOLDS_OVER.total_seconds()))
    while earnings.mature(by=BY):
        pass


def _annotator(number: int) -> AnnotatorProfile:
    user = User.objects.create_user(f"drill{number}@example.test", name=f"Annotator {number}")
    return AnnotatorProfile.objects.create(user=user, country="US", languages=["en"])


def _earn(person: AnnotatorProfile, amount_minor: int) -> None:
    for part in (amount_minor // 3, amount_minor - amount_minor // 3):
        awards.award(
            award_id=uuid.uuid4(),
            annotator_id=person.pk,
            kind=EarningKind.GOODWILL,
            label="Work of the drill",
            currency=CURRENCY,
            amount_minor=part,
            by=BY,
        )
