"""A client's month adds up to the cent, and to the ledger, whatever happened."""

import random
import uuid

import pytest
from django.db import transaction

from marketplace.core import clock
from marketplace.core.errors import Refused
from payments.actions import disputes, funds, months, refund_outcomes
from payments.actions.earnings import Accrual, accrue_all
from payments.actions.ledger import Posting, post
from payments.actions.reserve import release, reserve
from payments.models import Deposit, Earning, LedgerAccount, LedgerLeg
from payments.selectors import client_month, legs, movements
from payments.states import EarningKind
from payments.stripe.refunds import Returned
from tests.payments import clawing
from tests.payments.money import pass_time, run_jobs
from tests.payments.refunding import ask, paid
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support.factories_payments import BY

pytestmark = pytest.mark.django_db
EVERY_KIND = {
    "fund", "refund", "refund_failed", "clawback", "dispute", "dispute_won",
    "work", "review", "adjudication", "kill_fee",
}  # fmt: skip
KINDS = [EarningKind.WORK, EarningKind.REVIEW, EarningKind.ADJUDICATION, EarningKind.KILL_FEE]


@transaction.atomic
def booked(key, kind, legs, currency="usd"):
    post([Posting(key, kind, legs, currency)], by=BY)


class Life:
    """A client with two projects; each act is one thing that may happen, refused or not."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.org = money.organization().pk
        self.pots = [f"project:{uuid.uuid4()}" for _ in range(2)]
        self.who = money.annotator()
        self.holders, self.earned, self.stranger = [], [], money.organization().pk
        self.acts = [
            self.deposit, self.deposit, self.allocate, self.allocate, self.take_back, self.claim,
            self.claim, self.accept, self.accept, self.release, self.refund, self.clawback,
            self.dispute, self.somebody_else, self.days,
        ]  # fmt: skip

    def amount(self):
        return self.chance.randint(1, 9_999)

    def deposit(self):
        money.deposit(self.org, self.amount() * 10)

    def _named(self):
        return {
            "organization_id": self.org, "pot": self.chance.choice(self.pots), "currency": "usd",
            "amount_minor": self.amount(), "by": BY,
        }  # fmt: skip

    def allocate(self):
        funds.allocate(**self._named())

    def take_back(self):
        funds.take_back(**self._named())

    def claim(self):
        holder, pot = f"assignment:{uuid.uuid4()}", self.chance.choice(self.pots)
        price, fee = self.amount() // 10 + 2, self.chance.randint(0, 200)
        with transaction.atomic():
            won = reserve(
                holder=holder, pot=pot, organization_id=self.org, currency="usd",
                price_minor=price, fee_minor=fee, by=BY,
            )  # fmt: skip
        if won:
            self.holders.append((holder, price, fee))

    def accept(self, kind=None):
        if self.holders:
            holder, price, fee = self.holders.pop(self.chance.randrange(len(self.holders)))
            part = self.chance.randint(1, price), self.chance.randint(0, fee)
            kind = kind or self.chance.choice(KINDS)
            accrual = Accrual(holder, self.who.pk, "Task", kind, *part)
            self.earned += accrue_all([accrual], by=BY)

    def release(self):
        if self.holders:
            release(holder=self.holders.pop()[0], by=BY)

    def refund(self, fails=None):
        own, part = f"org:{self.org}", self.amount()
        legs = [("client_prepaid", own, -part), ("clearing_refund", "platform", part)]
        name = uuid.uuid4()
        booked(f"refund:{name}:start", "refund", legs)
        if self.chance.random() < 0.3 if fails is None else fails:
            back = [(kind, whose, -minor) for kind, whose, minor in legs]
            booked(f"refund:{name}:failed", "refund_failed", back)

    def clawback(self):
        if self.earned:
            row = self.earned.pop()
            clawing.ask(row, self.chance.randint(1, row.amount_minor))

    def dispute(self, won=None):
        """As actions/disputes.py: prepaid money first, then a project, then the platform."""
        prepaid, given = self._balance(f"org:{self.org}"), self._balance(self.pots[0])
        legs = [
            ("client_prepaid", f"org:{self.org}", -prepaid),
            ("project_funds", self.pots[0], -given),
        ]
        legs = [leg for leg in legs if leg[2]]
        whole = -sum(leg[2] for leg in legs) + 7
        legs += [("platform_loss", "platform", -7), ("clearing_dispute", "platform", whole)]
        name = f"dispute:dp_{uuid.uuid4().hex}"
        booked(f"{name}:withdrawn", "dispute", legs)
        if self.chance.random() < 0.7 if won is None else won:
            back = [(kind, whose, -minor) for kind, whose, minor in legs]
            booked(f"{name}:reinstated", "dispute_won", back)

    def _balance(self, whose):
        kinds = ["client_prepaid", "project_funds"]
        return sum(
            LedgerAccount.objects.filter(owner_key=whose, kind__in=kinds).values_list(
                "balance", flat=True
            )
        )

    def somebody_else(self):
        """What others do is no part of the statement."""
        money.fund(f"project:{uuid.uuid4()}", self.amount(), organization_id=self.stranger)

    def days(self):
        pass_time(days=self.chance.randint(1, 12))

    def live(self, steps):
        for _ in range(steps):
            try:
                self.chance.choice(self.acts)()
            except Refused as refusal:
                if refusal.code != "funds_short":
                    raise

    def months(self):
        return client_month.months(self.org)

    def has(self):
        kinds = ["client_prepaid", "project_funds", "project_reserved"]
        rows = LedgerAccount.objects.filter(
            owner_key__in=[f"org:{self.org}", *self.pots], kind__in=kinds
        )
        return sum(rows.values_list("balance", flat=True))


def adds_up(life):
    """Every month from the first to the last; the kinds that were seen."""
    keys = client_month.owners(life.org)
    opening, seen, months = 0, set(), []
    for first in reversed(client_month.months(life.org)):
        span = movements.month(first.year, first.month)
        for one in client_month.of(life.org, span):
            assert one.opening_minor == opening
            opening = one.closing_minor
            assert opening == legs.stood(keys, span.until)["usd"] == plain(keys, span.until)
            seen |= {line.kind for line in one.lines} | {each.kind for each in one.spent}
            months.append(one)
    assert opening == life.has()
    rows = Earning.objects.filter(annotator=life.who)
    assert sum(one.pay_minor for one in months) == sum(rows.values_list("amount_minor", flat=True))
    assert sum(one.fee_minor for one in months) == sum(rows.values_list("fee_minor", flat=True))
    assert sum(each.items for one in months for each in one.spent) == rows.count()
    return seen


def plain(keys, until):
    """The same without any index or sum: every leg that was ever written."""
    found = LedgerLeg.objects.filter(account__owner_key__in=keys, entry__created_at__lt=until)
    return sum(found.values_list("amount", flat=True))


@pytest.mark.parametrize("seed", range(6))
def test_every_month_adds_up_and_the_last_is_what_the_ledger_holds(seed):
    """What the dice drew is the dice's: which kinds there are is asked where they are lived."""
    life = Life(seed)
    life.live(150)
    assert adds_up(life) <= EVERY_KIND
    told = [client_month.of(life.org, movements.month(d.year, d.month)) for d in life.months()]
    months.sum_up(by=BY)
    assert adds_up(life) <= EVERY_KIND
    again = [client_month.of(life.org, movements.month(d.year, d.month)) for d in life.months()]
    assert again == told
    life.live(60)
    adds_up(life)


def test_each_kind_of_movement_adds_up():
    life = Life(0)
    money.deposit(life.org, 60_000)
    for pot in life.pots:
        funds.allocate(
            organization_id=life.org, pot=pot, currency="usd", amount_minor=20_000, by=BY
        )
    for kind in KINDS:
        life.claim()
        life.accept(kind)
        life.days()
    life.refund(fails=False)
    life.refund(fails=True)
    life.clawback()
    life.dispute(won=True)
    life.dispute(won=False)
    assert adds_up(life) == EVERY_KIND
    pass_time(days=40)
    assert months.sum_up(by=BY) > 0
    assert adds_up(life) == EVERY_KIND


def test_what_stands_in_a_month():
    org = money.organization()
    row = Deposit.objects.create(
        organization=org, currency="usd", amount_minor=10_000, state="paid", method="bank_transfer",
        invoice="in_7", invoice_number="LAB-0007", payment_intent="pi_7", paid_at=clock.now(),
    )  # fmt: skip
    money.payment(row, "pi_7", 10_000)
    funds.allocate(
        organization_id=org.pk, pot=clawing.POT, currency="usd", amount_minor=5000, by=BY
    )
    who, holder = money.annotator(), "assignment:1"
    with transaction.atomic():
        reserve(
            holder=holder, pot=clawing.POT, organization_id=org.pk, currency="usd",
            price_minor=1000, fee_minor=200, by=BY,
        )  # fmt: skip
    accrue_all([Accrual(holder, who.pk, "Task", EarningKind.KILL_FEE, 500, 100)], by=BY)
    now = clock.now()
    (found,) = client_month.of(org.pk, movements.month(now.year, now.month))
    (line,) = found.lines
    assert (line.kind, line.method, line.reference, line.amount_minor, line.pot) == (
        "fund", "bank_transfer", "LAB-0007", 10_000, None,
    )  # fmt: skip
    week = "{}-W{:02d}".format(*now.isocalendar())
    assert found.spent == [client_month.Spent(clawing.POT, week, "kill_fee", 1, 500, 100)]
    assert (found.opening_minor, found.closing_minor) == (0, 9400)
    assert client_month.of(org.pk, movements.month(2020, 1)) == []
    assert client_month.of(money.organization().pk, movements.month(now.year, now.month)) == []


def test_refunds_and_disputes_as_the_actions_book_them(local):
    """A refund stands under its own id also where it failed; a dispute under Stripe's."""
    org = people.organization()
    deposit = paid(local, org, 5000)
    refund = ask(org, people.owner_of(org), 1700)
    run_jobs()
    part = refund.parts.get()
    failed = Returned(
        part.stripe_refund, 1700, "usd", part.payment_intent, str(part.pk), "failed", "lost card"
    )
    refund_outcomes.came_back(part.pk, failed, by=BY)
    disputed = paid(local, org, 3000)
    dispute = local.stripe.open_dispute(disputed.payment_intent)["id"]
    disputes.settle(dispute, by=BY)
    local.stripe.move_dispute(dispute, "won")
    disputes.settle(dispute, by=BY)
    now = clock.now()
    (found,) = client_month.of(org.pk, movements.month(now.year, now.month))
    assert [(line.kind, line.reference, line.amount_minor) for line in found.lines] == [
        ("fund", deposit.payment_intent, 5000),
        ("refund", str(refund.pk), -1700),
        ("refund_failed", str(refund.pk), 1700),
        ("fund", disputed.payment_intent, 3000),
        ("dispute", dispute, -3000),
        ("dispute_won", dispute, 3000),
    ]
    assert found.closing_minor == 8000
