"""Properties that hold for all amounts and all orders of bookings."""

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.core.errors import Refused
from marketplace.core.money import fee, split
from payments.actions.ledger import Posting, post
from payments.chart import CHART, PLATFORM
from payments.currencies import CURRENCIES, major
from payments.models import LedgerAccount, LedgerEntry, LedgerLeg
from payments.selectors.balances import of_account
from tests.support.factories_payments import BY

AMOUNT = st.integers(min_value=0, max_value=10**12)


@given(AMOUNT, st.integers(min_value=0, max_value=10_000))
def test_the_fee_is_the_floor_of_its_share(price, bps):
    assert fee(price, bps) * 10_000 <= price * bps < (fee(price, bps) + 1) * 10_000


@given(AMOUNT, st.lists(st.integers(min_value=0, max_value=10_000), min_size=1).filter(sum))
def test_a_split_sums_to_the_whole_and_is_fair_to_a_unit(minor, weights):
    parts = split(minor, weights)
    assert sum(parts) == minor
    assert all(
        abs(part * sum(weights) - minor * w) < sum(weights)
        for part, w in zip(parts, weights, strict=True)
    )


@given(st.integers(min_value=-(10**12), max_value=10**12), st.sampled_from(sorted(CURRENCIES)))
def test_an_amount_for_people_reads_back_as_the_same(minor, currency):
    text = major(minor, currency)
    digits = "".join(sign for sign in text if sign.isdigit())
    assert int(digits) == abs(minor)
    assert text.startswith("-") is (minor < 0)


OWNERS = {"org": "org:1", "project": "project:1", "annotator": "annotator:1", PLATFORM: PLATFORM}
NAMES = sorted(CHART)
LEGS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.integers(min_value=-1000, max_value=1000).filter(bool)),
    min_size=1,
    max_size=4,
)


@st.composite
def postings(draw):
    """A balanced posting between any pots; about half of them overdraw something."""
    legs = [(name, OWNERS[CHART[name].owner], amount) for name, amount in draw(LEGS)]
    rest = -sum(amount for _, _, amount in legs)
    if rest:
        legs.append(("platform_loss", PLATFORM, rest))
    if len(legs) < 2:
        legs.append(("clearing_charge", PLATFORM, -legs[0][2]))
    key = f"k:{draw(st.integers(min_value=0, max_value=15))}"
    return Posting(key, "random", legs, draw(st.sampled_from(["usd", "jpy"])))


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(postings(), max_size=5), max_size=8))
def test_whatever_is_booked_the_books_are_right(calls):
    with transaction.atomic():
        accepted = {}
        for call in calls:
            before = LedgerLeg.objects.count()
            try:
                with transaction.atomic():
                    post(call, by=BY)
            except Refused as refusal:
                refused = (refusal.code, LedgerLeg.objects.count() - before)
                assert refused in {("funds_short", 0), ("key_reused", 0)}, refused
            else:
                accepted |= {one.key: one for one in call if one.key not in accepted}
        check_books(accepted)
        transaction.set_rollback(True)


def check_books(accepted):
    assert set(LedgerEntry.objects.values_list("key", flat=True)) == set(accepted)
    sums = LedgerLeg.objects.values("entry", "currency").annotate(minor=Sum("amount"))
    assert {row["minor"] for row in sums} <= {0}
    expected = {}
    for posting in accepted.values():
        for kind, owner, amount in posting.legs:
            name = (kind, owner, posting.currency)
            expected[name] = expected.get(name, 0) + amount
    for account in LedgerAccount.objects.all():
        balance = of_account(account)
        assert balance == expected.get((account.kind, account.owner_key, account.currency), 0)
        assert account.min_balance is None or balance >= account.min_balance
        assert account.max_balance is None or balance <= account.max_balance
