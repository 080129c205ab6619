"""Reserve, release, accrue: a promise is made once and ends once."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from marketplace.core.models import AuditEntry
from payments.actions.earnings import Accrual, accrue, accrue_all, mature
from payments.actions.funds import allocate, take_back
from payments.actions.reserve import release, reserve
from payments.models import Earning, LedgerAccount, Reservation
from tests.support.factories_payments import BY, annotator, deposit, fund, organization

pytestmark = pytest.mark.django_db

POT = "project:p1"


def balance(kind, owner=POT, currency="usd"):
    row = LedgerAccount.objects.filter(kind=kind, owner_key=owner, currency=currency).first()
    return row.balance if row else 0


def take(holder, org, price=500, fee=100, **more):
    terms = {"pot": POT, "currency": "usd", "price_minor": price, "fee_minor": fee, **more}
    return reserve(holder=holder, organization_id=org, by=BY, **terms)


def test_a_claim_reserves_price_and_fee_in_one_statement():
    org = fund(POT, 1000)
    assert take("assignment:0", org, 1, 0)
    with CaptureQueriesContext(connection) as seen:
        assert take("assignment:1", org) is True
    assert len(seen) == 1
    assert (balance("project_funds"), balance("project_reserved")) == (399, 601)
    row = Reservation.objects.get(holder="assignment:1")
    assert (row.state, row.price_minor, row.fee_minor, row.organization_id) == (
        "held",
        500,
        100,
        org,
    )


def test_short_funds_are_false_and_change_nothing():
    org = fund(POT, 599)
    assert take("assignment:1", org) is False
    assert take("assignment:1", org, currency="eur") is False
    assert take("assignment:1", org, pot="project:other") is False
    assert (balance("project_funds"), balance("project_reserved")) == (599, 0)
    assert not Reservation.objects.exists()
    assert take("assignment:1", org, 599, 0) is True


def test_the_same_promise_again_is_true_without_effect_and_another_is_an_error():
    org = fund(POT, 5000)
    assert take("assignment:1", org)
    assert take("assignment:1", org)
    assert balance("project_reserved") == 600
    with pytest.raises(IntegrityError), transaction.atomic():
        take("assignment:1", org, 501)
    assert release(holder="assignment:1", by=BY)
    with pytest.raises(IntegrityError), transaction.atomic():
        take("assignment:1", org)


def test_release_gives_all_back_once():
    org = fund(POT, 1000)
    take("assignment:1", org)
    assert release(holder="assignment:1", by=BY) is True
    assert release(holder="assignment:1", by=BY) is False
    assert release(holder="assignment:unknown", by=BY) is False
    assert (balance("project_funds"), balance("project_reserved")) == (1000, 0)
    assert Reservation.objects.get().state == "released"


def test_accept_pays_the_whole_price_and_the_fee_once():
    org, who = fund(POT, 1000), annotator()
    take("assignment:1", org)
    earning = accrue(holder="assignment:1", annotator_id=who.pk, label="Task 1 of P", by=BY)
    again = accrue(holder="assignment:1", annotator_id=who.pk, label="Task 1 of P", by=BY)
    assert again.pk == earning.pk
    assert (earning.amount_minor, earning.state, earning.source) == (500, "pending", "assignment:1")
    assert 6.99 < (earning.hold_until - clock.now()).total_seconds() / 86400 < 7.01
    assert balance("annotator_pending", f"annotator:{who.pk}") == 500
    fees = LedgerAccount.objects.get(kind="platform_fee").legs.values_list("amount", flat=True)
    assert list(fees) == [100]
    assert (balance("project_funds"), balance("project_reserved")) == (400, 0)
    assert release(holder="assignment:1", by=BY) is False
    with pytest.raises(Refused) as refusal:
        accrue(holder="assignment:1", annotator_id=annotator().pk, label="x", by=BY)
    assert refusal.value.code == "earned_by_another"


def test_a_released_or_unknown_promise_earns_nothing():
    org, who = fund(POT, 1000), annotator()
    take("assignment:1", org)
    release(holder="assignment:1", by=BY)
    with pytest.raises(Refused) as refusal:
        accrue(holder="assignment:1", annotator_id=who.pk, label="x", by=BY)
    assert refusal.value.code == "not_reserved"
    with pytest.raises(NotFound):
        accrue(holder="assignment:2", annotator_id=who.pk, label="x", by=BY)
    assert not Earning.objects.exists()


def test_work_and_its_review_are_accrued_together():
    org, worker, reviewer = fund(POT, 1000), annotator(), annotator()
    take("assignment:1", org, 500, 50)
    take("review:1", org, 200, 0)
    rows = accrue_all(
        [Accrual("review:1", reviewer.pk, "review"), Accrual("assignment:1", worker.pk, "work")],
        by=BY,
    )
    assert [(row.source, row.amount_minor) for row in rows] == [
        ("review:1", 200),
        ("assignment:1", 500),
    ]
    assert balance("project_reserved") == 0


@pytest.mark.parametrize("many", [1, 20])
def test_an_accept_costs_the_same_four_statements_however_many(many):
    org, who = fund(POT, 50_000), annotator()
    for i in range(2 * many):
        take(f"assignment:{i}", org, 50, 10)
    kinds = [Accrual(f"assignment:{i}", who.pk, f"Task {i}") for i in range(2 * many)]
    accrue_all(kinds[:many], by=BY)  # opens the accounts
    with CaptureQueriesContext(connection) as seen:
        rows = accrue_all(kinds[many:], by=BY)
    said = [query["sql"] for query in seen if "SAVEPOINT" not in query["sql"]]
    assert len(said) == 4  # promises and holds, earnings and audit, purses, entries
    for row in rows:
        known = Earning.objects.get(pk=row.pk)
        assert {f.attname: getattr(known, f.attname) for f in Earning._meta.concrete_fields} == {
            f.attname: getattr(row, f.attname) for f in Earning._meta.concrete_fields
        }
        acts = AuditEntry.objects.filter(subject=f"earning:{row.pk}")
        assert list(acts.values_list("verb", "actor", "reason", "data")) == [
            ("accrued", BY.key, "", {"amount_minor": 50})
        ]
    assert Reservation.objects.filter(state="spent", ended_at__isnull=False).count() == 2 * many


def test_one_promise_asked_for_twice_goes_to_the_first_or_to_nobody():
    org, who, other = fund(POT, 1000), annotator(), annotator()
    take("assignment:1", org)
    twice = [Accrual("assignment:1", who.pk, "x"), Accrual("assignment:1", who.pk, "x")]
    with pytest.raises(Refused) as refusal, transaction.atomic():
        accrue_all([twice[0], Accrual("assignment:1", other.pk, "x")], by=BY)
    assert (refusal.value.code, Earning.objects.count()) == ("earned_by_another", 0)
    first, second = accrue_all(twice, by=BY)
    assert (first.pk, balance("annotator_pending", f"annotator:{who.pk}")) == (second.pk, 500)


def test_earnings_become_payable_when_the_hold_is_over():
    org, who = fund(POT, 5000), annotator()
    for i in range(3):
        take(f"assignment:{i}", org)
        accrue(holder=f"assignment:{i}", annotator_id=who.pk, label="x", by=BY)
    assert mature(by=BY) == 0
    Earning.objects.filter(source="assignment:1").update(hold_until=clock.now())
    Earning.objects.filter(source="assignment:2").update(hold_until=clock.now())
    assert mature(by=BY) == 2
    assert mature(by=BY) == 0
    key = f"annotator:{who.pk}"
    assert (balance("annotator_pending", key), balance("annotator_payable", key)) == (500, 1000)
    assert sorted(Earning.objects.values_list("source", "state")) == [
        ("assignment:0", "pending"),
        ("assignment:1", "payable"),
        ("assignment:2", "payable"),
    ]


def test_allocation_moves_prepaid_money_both_ways_within_what_is_there():
    org = organization().pk
    deposit(org, 1000)
    terms = {"organization_id": org, "pot": POT, "currency": "usd", "by": BY}
    allocate(amount_minor=700, **terms)
    assert (balance("client_prepaid", f"org:{org}"), balance("project_funds")) == (300, 700)
    for act, amount, code in (
        (allocate, 301, "funds_short"),
        (allocate, 0, "invalid"),
        (allocate, -5, "invalid"),
        (take_back, 701, "funds_short"),
        (take_back, -1, "invalid"),
    ):
        with pytest.raises(Refused) as refusal:
            act(amount_minor=amount, **terms)
        assert refusal.value.code == code
    take_back(amount_minor=700, **terms)
    assert (balance("client_prepaid", f"org:{org}"), balance("project_funds")) == (1000, 0)


@pytest.mark.django_db(transaction=True)
def test_a_reservation_needs_the_transaction_of_its_claim():
    with pytest.raises(RuntimeError):
        take("assignment:1", uuid.uuid4())
