"""A week of operations with money, as the dice have it: each rule is something that happens."""

import contextlib
import uuid
from collections import Counter

from django.db import transaction
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from marketplace.core.actors import job
from marketplace.core.errors import Refused
from payments import jobs
from payments.actions import awards, earnings, funds, payouts, refunds, reserve
from payments.actions.comparisons.register import COMPARISONS, compare
from payments.models import (
    Clawback,
    ConnectedAccount,
    Deposit,
    Payout,
    RefundPart,
    Reservation,
    Reversal,
)
from payments.states import MADE, ComparisonName, EarningKind
from payments.stripe.gateway import StripeFault
from tests.payments import clients
from tests.payments.money import run_jobs
from tests.properties import money_world as money
from tests.properties.money_back import MoneyBack
from tests.support.factories_payments import BY

WHICH = st.integers(min_value=0, max_value=99)
CLIENT = st.sampled_from((0, 0, 0, 1))
CURRENCY = st.sampled_from(("usd", "usd", "usd", "eur", "jpy"))
AMOUNT = st.integers(min_value=50, max_value=60_000)
PRICE = st.one_of(st.integers(500, 4_000), st.integers(min_value=1, max_value=4_000))
FEE = st.integers(min_value=0, max_value=900)
PER_MILLE = st.integers(min_value=1, max_value=1_000)
# What is promised, its fee, what is earned of both (0: nothing yet), and by whom.
EARNED = st.sampled_from((1_000, 1_000, 370, 1, 0))
WORK = st.lists(st.tuples(PRICE, FEE, EARNED, WHICH), min_size=1, max_size=4)
KINDS = ("drop_before", "drop_after", "409", "429", "401", "500_before", "500_after", "bad_json")
PATHS = ("/v1/transfers", "/v1/refunds", "/v1/checkout", "/v1/invoice", "/v1/balance", ".")
CARDS = {"instant": "4000000000000077", "pay": "4242424242424242", "declined": "4000000000000002"}
OPEN_PAYOUTS = ("ready", "sending", "unknown")
OPEN_PARTS = ("ready", "sending", "unknown")
ROUNDS = 40


class Week(MoneyBack, RuleBasedStateMachine):
    """`local` is the local Stripe of the test; `happened` counts what came of all its weeks."""

    local = None
    happened = Counter()

    def __init__(self):
        super().__init__()
        self.world = money.World(self.local)

    def pick(self, rows, which):
        """One of the rows, or None; in an order that does not depend on the database."""
        found = list(rows.order_by("pk")[:50])
        return found[which % len(found)] if found else None

    # ------------------------------------------------------------------------------- money in
    @initialize(currency=CURRENCY, work=WORK, paid=st.sampled_from((True, True, False)))
    def begins_with_money(self, currency, work, paid):
        """A client has paid and given half of it to a project; some work is done, some is not, and
        perhaps some of it is paid already."""
        self.pays_by_card(0, currency, 60_000, "instant")
        self.world.deliver()
        self._allocate(self.world.orgs[0], currency, 30_000)
        self.a_day_of_work(0, currency, work)
        if paid:
            self.a_pay_day(0)

    @rule(
        client=CLIENT,
        currency=CURRENCY,
        amount=AMOUNT,
        how=st.sampled_from((*CARDS, "debit", "debit_fails", "leave")),
    )
    def pays_by_card(self, client, currency, amount, how):
        row = clients.ask(self.world.orgs[client], amount, currency, "card")
        if row.checkout_url:
            form = {"card_number": CARDS[how], "action": "pay"} if how in CARDS else {"action": how}
            self.local.visit(row.checkout_url, form)

    @rule(client=CLIENT, currency=CURRENCY, amount=AMOUNT, mille=st.integers(0, 1500))
    def pays_by_invoice(self, client, currency, amount, mille):
        """A part, all, or too much comes by bank transfer."""
        org = self.world.orgs[client]
        row = clients.ask(org, amount, currency)
        sent = amount * mille // 1000
        if row.invoice and sent:
            clients.wire(self.local, org, sent, currency)

    # ------------------------------------------------------------- money moves within our books
    def _allocate(self, org, currency, amount):
        funds.allocate(
            organization_id=org.pk,
            pot=self.world.pot(org, currency),
            currency=currency,
            amount_minor=amount,
            by=BY,
        )

    @rule(client=CLIENT, currency=CURRENCY, amount=AMOUNT)
    def allocates(self, client, currency, amount):
        with contextlib.suppress(Refused):
            self._allocate(self.world.orgs[client], currency, amount)

    @rule(client=CLIENT, currency=CURRENCY, amount=AMOUNT)
    def takes_back(self, client, currency, amount):
        org = self.world.orgs[client]
        pot = self.world.pot(org, currency)
        with contextlib.suppress(Refused):
            funds.take_back(
                organization_id=org.pk, pot=pot, currency=currency, amount_minor=amount, by=BY
            )

    @rule(client=CLIENT, currency=CURRENCY, mille=PER_MILLE)
    def asks_money_back(self, client, currency, mille):
        org = self.world.orgs[client]
        amount = refunds.free_minor(org.pk, currency) * mille // 1000
        with contextlib.suppress(Refused):
            refunds.request(organization_id=org.pk, currency=currency, amount_minor=amount, by=BY)

    # ------------------------------------------------------------------------------------ work
    @rule(client=CLIENT, currency=CURRENCY, price=PRICE, fee=FEE)
    def somebody_claims(self, client, currency, price, fee):
        self._claim(client, currency, price, fee)

    def _claim(self, client, currency, price, fee):
        """Its promise, or None: the project's money does not reach, or its client is frozen."""
        org, holder = self.world.orgs[client], f"assignment:{uuid.uuid4()}"
        with transaction.atomic():
            reserve.reserve(
                holder=holder,
                pot=self.world.pot(org, currency),
                organization_id=org.pk,
                currency=currency,
                price_minor=price,
                fee_minor=fee,
                by=BY,
            )
        return Reservation.objects.filter(holder=holder).first()

    @rule(client=CLIENT, currency=CURRENCY, work=WORK)
    def a_day_of_work(self, client, currency, work):
        """Several claims, and most of their answers accepted."""
        for price, fee, mille, who in work:
            promise = self._claim(client, currency, price, fee)
            if promise and mille:
                self._accept(promise, who, mille)

    @rule(which=WHICH)
    def a_claim_ends(self, which):
        """It expires, is given back, or its answer is rejected for good."""
        if row := self.pick(Reservation.objects.filter(state="held"), which):
            reserve.release(holder=row.holder, by=BY)

    @rule(which=WHICH, who=WHICH, mille=PER_MILLE)
    def work_is_accepted(self, which, who, mille):
        if row := self.pick(Reservation.objects.filter(state="held"), which):
            self._accept(row, who, mille)

    def _accept(self, row, who, mille):
        """For all of its promise or a part of it, in one line or two."""
        amount = max(1, row.price_minor * mille // 1000)
        fee = row.fee_minor * mille // 1000
        half = amount // 2
        parts = [part for part in (half, amount - half) if part]
        annotator = self.world.annotators[who % 3]
        accrual = earnings.Accrual(
            holder=row.holder,
            annotator_id=annotator.pk,
            label="A task",
            amount_minor=amount,
            fee_minor=fee,
            lines=tuple({"kind": "base", "amount_minor": part, "text": "Part"} for part in parts),
        )
        for _twice in range(2):  # a double click pays once
            (made,) = earnings.accrue_all([accrual], by=BY)
        self.world.paid[made.pk] = money.Paid(annotator.pk, row.currency, amount, fee)

    @rule(who=WHICH, currency=CURRENCY, amount=PRICE)
    def is_awarded(self, who, currency, amount):
        """A paid exam, or goodwill: the platform's own money."""
        annotator = self.world.annotators[who % 3]
        made = awards.award(
            award_id=uuid.uuid4(),
            annotator_id=annotator.pk,
            kind=EarningKind.GOODWILL,
            label="We are sorry.",
            currency=currency,
            amount_minor=amount,
            by=job("tests"),
        )
        self.world.paid[made.pk] = money.Paid(annotator.pk, currency, amount, gift=True)

    # --------------------------------------------------------------------------------- payouts
    @rule(who=WHICH)
    def asks_to_be_paid(self, who):
        with contextlib.suppress(Refused):
            payouts.request(annotator_id=self.world.annotators[who % 3].pk, by=BY)

    @rule(who=WHICH)
    def a_pay_day(self, who):
        """The hold is over, and everybody asks at once."""
        self.world.pass_time(days=8)
        jobs.mature_earnings()
        for one in range(3):
            self.asks_to_be_paid(who + one)
        run_jobs()

    @rule(
        currency=CURRENCY,
        work=WORK,
        who=WHICH,
        then=st.sampled_from(("", "owed before", "reversed by hand", "taken back")),
    )
    def a_week_goes_on(self, currency, work, who, then):
        """Work is paid: less what was owed; or a part comes back before it is at the bank."""
        if then == "owed before" and (owed := self._debt(-1)):
            debtor = [one.pk for one in self.world.annotators].index(owed.annotator_id)
            self.is_awarded(debtor, owed.currency, 1_500)
        self.a_day_of_work(0, currency, work)
        self.a_pay_day(who)
        if then == "reversed by hand":
            self.a_transfer_is_reversed_by_hand(-1, 500)
        elif then == "taken back":
            self.a_debt_is_taken_from_the_account(-1)

    @rule(who=WHICH, status=st.sampled_from(("active", "pending", "restricted")))
    def stripe_changes_its_mind(self, who, status):
        account = ConnectedAccount.objects.get(annotator=self.world.annotators[who % 3])
        self.local.stripe.set_transfers(account.stripe_account, status)
        self.world.moody.add(account.stripe_account)

    @rule(which=WHICH)
    def a_bank_sends_a_refund_back(self, which):
        if row := self.pick(RefundPart.objects.filter(state="sent"), which):
            with contextlib.suppress(LookupError):
                self.local.stripe.fail_refund(row.stripe_refund)

    # ------------------------------------------------------------- time, faults, letters, looks
    @rule(hours=st.sampled_from((1, 6, 26, 100, 200)))
    def time_passes(self, hours):
        self.world.pass_time(hours=hours)
        self.world.work()

    @rule()
    def works(self):
        """Worker and beat do a round."""
        self.world.work(seldom=False)

    @rule(
        kind=st.sampled_from(KINDS),
        path=st.sampled_from(PATHS),
        method=st.sampled_from(("POST", "POST", "*")),
        times=st.integers(1, 3),
    )
    def stripe_will_fail(self, kind, path, method, times):
        self.local.stripe.add_fault(kind, path=path, method=method, times=times)

    @rule(
        copies=st.integers(1, 2), order=st.sampled_from(("fifo", "reverse", "shuffle")), seed=WHICH
    )
    def letters_come(self, copies, order, seed):
        self.world.deliver(copies=copies, order=order, seed=seed)

    @rule()
    def letters_are_lost(self):
        self.world.lose_letters()

    @rule(name=st.sampled_from(list(COMPARISONS)))
    def books_are_compared(self, name):
        with contextlib.suppress(StripeFault):
            compare(name, by=BY)

    # ---------------------------------------------------------------------- what always holds
    @invariant()
    def the_books_are_right(self):
        assert money.findings() == []
        assert money.wholes() == {}

    # ---------------------------------------------------------------------------- and at the end
    def teardown(self):
        """Stripe is well again, time passes, everybody does their work: all is where it belongs."""
        try:
            self.settle()
            self.the_books_are_right()
            self.everybody_has_what_is_theirs()
            self.our_books_are_stripes()
            assert money.findings(at_rest=True) == []
            self.happened.update(money.happened())
        finally:
            money.empty()

    def settle(self):
        """Until nothing is under way any more."""
        self.local.stripe.clear_faults()
        for account in sorted(self.world.moody):
            self.local.stripe.set_transfers(account, "active")
        for number in range(ROUNDS):
            self.world.pass_time(hours=(26, 1, 100)[number % 3])
            self.world.work(seldom=number % 3 == 0)
            self.world.deliver()
            if number > 0 and not self.under_way():
                return
            if number % 5 == 2:
                self.more_money_comes()
        raise AssertionError(f"Never at rest: {self.under_way()}.")

    def more_money_comes(self):
        """Stripe may hold less than is to be paid: the platform's own awards, what was disputed."""
        for model, states in ((Payout, OPEN_PAYOUTS), (RefundPart, OPEN_PARTS)):
            short = model.objects.filter(state__in=states, last_error__startswith="balance_insuf")
            for currency in sorted(set(short.values_list("currency", flat=True))):
                self.pays_by_card(1, currency, 500_000, "instant")

    def under_way(self):
        """What still has to come to an end by itself."""
        return [
            *Payout.objects.filter(state__in=OPEN_PAYOUTS).values_list("state", "last_error"),
            *RefundPart.objects.filter(state__in=OPEN_PARTS).values_list("state", "last_error"),
            *Deposit.objects.filter(state="created").values_list("state", "failure"),
            *Deposit.objects.filter(state="open", method__in=("card", "top_up")).values_list(
                "state", "failure"
            ),
            *Clawback.objects.filter(state="waiting").values_list("state", "taken_from"),
            *Reversal.objects.filter(state__in=OPEN_PAYOUTS).values_list("state", "last_error"),
            *money.stuck_events(),
        ]

    def everybody_has_what_is_theirs(self):
        """By the tally: what was earned and not taken back is in a purse or at Stripe."""
        got = Counter()
        for row in self.local.client.v1.transfers.list({"limit": 100}).auto_paging_iter():
            got[row.destination, row.currency] += row.amount - row.amount_reversed
        sent = Payout.objects.filter(state__in=MADE).values_list("destination", "currency")
        sums = sent.annotate(minor=Sum("amount_minor") - Sum("reversed_minor"))
        assert got == Counter({(account, one): minor for account, one, minor in sums})
        have = money.purses()
        for who, account in ConnectedAccount.objects.values_list("annotator", "stripe_account"):
            for currency in money.CURRENCIES:
                have[f"annotator:{who}", currency] += got[account, currency]
        due = {(f"annotator:{who}", one): minor for (who, one), minor in self.world.due().items()}
        assert {key: minor for key, minor in have.items() if minor} == due
        assert money.sums("platform_fee", "platform_cost") == self.world.kept()

    def our_books_are_stripes(self):
        """Each clearing account is back at zero, and our cash is Stripe's balance to the cent."""
        jobs.sync_books()
        ran = compare(ComparisonName.CASH, by=BY)
        assert (ran.failure, ran.differences) == ("", 0)
        assert compare(ComparisonName.TRANSFERS, by=BY).differences == 0
        left = {key: minor for key, minor in money.sums().items() if key[0].startswith("clearing_")}
        assert left == {}
        ours = {one: -minor for (_, one), minor in money.sums("stripe_cash").items()}
        assert ours == money.at_stripe()
        assert not Payout.objects.filter(state="frozen").exists()
