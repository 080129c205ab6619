"""Properties that hold for all amounts and all orders of bookings."""

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.core.errors import Refused
from marketplace.core.money import fee, split
from payments.actions.earnings import Accrual, accrue_all
from payments.actions.ledger import Posting, post
from payments.actions.reserve import reserve
from payments.chart import CHART, PLATFORM
from payments.currencies import CURRENCIES, major
from payments.models import LedgerAccount, LedgerEntry, LedgerLeg
from payments.pay.quote import Basis, quote
from payments.pay.settle import Facts, settle
from payments.selectors.balances import of_account
from tests.payments.money import balance
from tests.support.factories_payments import BY, annotator, fund
from tests.support.pay_rules import MOMENT, terms

AMOUNT = st.integers(min_value=0, max_value=10**12)


@given(AMOUNT, st.integers(min_value=0, max_value=10_000))
def test_the_fee_is_the_floor_of_its_share(price, bps):
    """Scenario 32: for all amounts and shares."""
    assert fee(price, bps) * 10_000 <= price * bps < (fee(price, bps) + 1) * 10_000


@given(AMOUNT, st.lists(st.integers(min_value=0, max_value=10_000), min_size=1).filter(sum))
def test_a_split_sums_to_the_whole_and_is_fair_to_a_unit(minor, weights):
    """Scenario 32: no unit is lost or made, whatever is split how."""
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


FACTS = st.builds(
    Facts,
    active_seconds=st.integers(0, 10**6),
    corrections=st.integers(0, 4),
    fixed=st.booleans(),
    handed_in_at=st.just(MOMENT),
    score=st.none() | st.tuples(st.integers(0, 7), st.just(7)),
)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    currency=st.sampled_from(sorted(CURRENCIES)),
    rules=terms().filter(bool),
    price=st.integers(1, 10_000_000),
    bps=st.integers(0, 10_000),
    minutes=st.integers(1, 600),
    facts=FACTS,
)
def test_each_unit_of_a_promise_goes_to_one_of_three(
    *, currency, rules, price, bps, minutes, facts
):
    """Scenario 32: whatever price, fee, rules and currency: annotator, platform and what is given back."""
    frozen = quote(rules, Basis(price, bps, minutes, 2, ["medicine.cardiology"], MOMENT))
    settled = settle(frozen, facts)
    most, most_fee = frozen["most_minor"], frozen["fee_minor"]
    with transaction.atomic():
        who = annotator()
        whose = fund("project:p1", most + most_fee, currency=currency)
        assert reserve(
            holder="assignment:1", pot="project:p1", organization_id=whose, currency=currency,
            price_minor=most, fee_minor=most_fee, by=BY,
        )  # fmt: skip
        lines = tuple(
            {"kind": kind, "amount_minor": part, "text": kind}
            for kind, part in settled.parts.items()
        )
        accrue_all(
            [
                Accrual(
                    "assignment:1", who.pk, "Task",
                    amount_minor=settled.amount_minor, fee_minor=settled.fee_minor, lines=lines,
                )
            ],
            by=BY,
        )  # fmt: skip
        paid, kept = settled.amount_minor, settled.fee_minor
        assert kept * 10_000 <= paid * bps < (kept + 1) * 10_000
        assert [
            balance("annotator_pending", f"annotator:{who.pk}", currency),
            balance("platform_fee", "platform", currency),
            balance("project_funds", "project:p1", currency),
            balance("project_reserved", "project:p1", currency),
        ] == [paid, kept, most + most_fee - paid - kept, 0]
        transaction.set_rollback(True)


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
