"""A small world of money: two clients, three annotators, three currencies, a Stripe of its own.

Everything in it is real: PostgreSQL, the actions, the SDK, HTTP, signed webhooks through our door.
Beside it a tally in plain Python keeps what must have come of it.
"""

import contextlib
import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Sum
from django.test import Client

from marketplace.core import clock, registry
from marketplace.core.errors import Refused
from marketplace.ops.proof import PROOFS
from payments.actions.comparisons.register import compare
from payments.models import (
    BankPayout,
    Clawback,
    ClientFreeze,
    ConnectedAccount,
    Deposit,
    Dispute,
    Earning,
    LedgerLeg,
    Payout,
    Recovery,
    RefundPart,
    Reversal,
    StripeEvent,
)
from payments.states import ComparisonName
from payments.stripe.books import read_cash
from payments.stripe.gateway import StripeFault
from tests.payments import clients
from tests.payments.money import run_jobs
from tests.support.factories_payments import BY, annotator

SECRET, THIN_SECRET = "whsec_tests", "whsec_tests_thin"
DOOR = "http://door/webhooks/stripe/"
CURRENCIES = ("usd", "eur", "jpy")
# Audits of work, not of money: here promises are made and accepted without tasks.
OF_WORK = {
    "work_paid",
    "quotes",
    "kill_fees",
    "reviews_paid",
    "adjudications_paid",
    "earned_for_nothing",
    "unfunded_claims",
    "slots",
    "annotator_twice",
    "own_reviews",
    "skills",
    "review_requests",
    "gold_results",
}
LOOKS = {
    f"payments.compare_{name}" for name in ("payouts", "cash", "clearing", "transfers", "bank")
}
# Sweeps that come once an hour or so: what a webhook has told already.
SELDOM = {
    f"payments.{name}"
    for name in (
        "collect_cash",
        "compare_accounts",
        "compare_events",
        "push_all_billing",
        "read_bank_payouts",
        "recheck_accounts",
        "remind_of_requirements",
        "sync_books",
        "tell_payable_countries",
    )
}
# Rows of an example that were committed. Emptied by one call past the guards of the ledger, which
# only the tests' superuser can do; DELETE, since a TRUNCATE of so many tables takes seconds.
_EMPTY = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT relname FROM pg_class
                 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                   AND relname ~ '^(payments|core|accounts)_' AND relname <> 'accounts_domain'
    LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END $$
"""


def empty():
    """No row of an earlier example is left."""
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY)


def at_our_door(url, body, headers):
    """What the courier does with a letter: hand it in at our door, without a socket."""
    sent = {"Stripe-Signature": headers["Stripe-Signature"]}
    path = url.removeprefix("http://door")
    answer = Client().post(path, body, content_type="application/json", headers=sent)
    return answer.status_code


@dataclass
class Paid:
    """An earning as the tally has it, in minor units; `taken` by the clawback that took it.

    What a wrong clawback gives back by an award of its own is that award's from then on.
    """

    who: uuid.UUID
    currency: str
    amount: int
    fee: int = 0
    gift: bool = False
    given_again: int = 0
    taken: dict[uuid.UUID, tuple[int, int]] = field(default_factory=dict)

    @property
    def left(self):
        """What may still be taken."""
        return self.amount - self.given_again - sum(amount for amount, _ in self.taken.values())

    def take(self, clawback_id, amount):
        """With the same share of the fee, to the nearest (half: up), of all that was taken."""
        whole = sum(one for one, _ in self.taken.values()) + amount
        share = (2 * self.fee * whole + self.amount) // (2 * self.amount) - self.fee_taken
        self.taken[clawback_id] = (amount, max(share, 0))

    @property
    def fee_taken(self):
        return sum(fee for _, fee in self.taken.values())


class World:
    """What exists in one example, and the tally of what was done in it."""

    def __init__(self, local):
        self.local = local
        empty()
        local.stripe.reset()
        local.stripe.courier.hooks.clear()
        self.annotators = [self._annotator() for _ in range(3)]
        self.pass_time(days=4)  # nobody asks for the events of their set-up any more
        local.stripe.add_webhook(DOOR, SECRET)
        local.stripe.add_webhook(f"{DOOR}thin/", THIN_SECRET, thin=True)
        local.stripe.webhooks(mode="manual")
        compare(ComparisonName.EVENTS, by=BY)  # the next one goes on from here
        self.orgs = [clients.client() for _ in range(2)]
        self.pots = {
            (org.pk, currency): f"project:{uuid.uuid4()}"
            for org in self.orgs
            for currency in CURRENCIES
        }
        self.moody = set()  # accounts of which Stripe has changed its mind
        # What must have come of it: each earning, and the debts that were let go, in minor units.
        self.paid: dict[uuid.UUID, Paid] = {}
        self.again: set[uuid.UUID] = set()  # earnings that only give back what was earned before
        self.let_go = Counter()
        self.disputes = []  # their names at Stripe

    def _annotator(self):
        """Somebody whose account at the local Stripe may be paid."""
        who, account = annotator(), self.local.account()
        self.local.stripe.set_transfers(account.id, "active")
        ConnectedAccount.objects.create(
            annotator=who, stripe_account=account.id, transfers="active"
        )
        return who

    def given_again(self, row):
        """An award of what was theirs before: taking that back is the platform's gain."""
        self.paid[row.pk] = Paid(row.annotator_id, row.currency, row.amount_minor, gift=True)
        self.again.add(row.pk)

    def due(self):
        """What each annotator must have, by (annotator, currency), without zeros."""
        due = Counter(self.let_go)
        for pk, paid in self.paid.items():
            earned = 0 if pk in self.again else paid.amount
            due[paid.who, paid.currency] += earned - sum(one for one, _ in paid.taken.values())
        return {key: minor for key, minor in due.items() if minor}

    def kept(self):
        """The platform's fees and costs, by (kind of pot, currency), without zeros."""
        kept = Counter()
        for pk, paid in self.paid.items():
            kept["platform_fee", paid.currency] += paid.fee - paid.fee_taken
            if paid.gift:
                awarded = 0 if pk in self.again else paid.amount
                taken = sum(one for one, _ in paid.taken.values())
                kept["platform_cost", paid.currency] += taken - awarded
        return {key: minor for key, minor in kept.items() if minor}

    def pot(self, org, currency):
        return self.pots[org.pk, currency]

    def work(self, *, seldom=True):
        """What worker and beat do meanwhile: the sweeps of payments, and the jobs that are due.

        Sweeps that only compare have a rule of their own.
        """
        left_out = LOOKS if seldom else LOOKS | SELDOM
        for name, sweep in sorted(registry.SWEEPS.items()):
            if name.startswith("payments.") and name not in left_out:
                with contextlib.suppress(StripeFault, Refused):  # the next turn of beat tries again
                    sweep.run()
        run_jobs()

    def deliver(self, **options):
        """Stripe brings its letters; then the jobs that they promised."""
        self.local.stripe.webhooks(**options)
        self.local.stripe.flush_webhooks()
        self.local.stripe.webhooks(copies=1, order="fifo")
        run_jobs()

    def lose_letters(self):
        """What waits at Stripe's door never comes."""
        self.local.stripe.courier.clear()
        self.local.stripe.webhooks(mode="manual")

    def pass_time(self, **span):
        """Our clock and Stripe's."""
        delta = dt.timedelta(**span)
        clock.advance(delta)
        self.local.stripe.advance(int(delta.total_seconds()))


def findings(*, at_rest=False):
    """What the audits of money find: nothing where all is well.

    A rest in a clearing account is one side's news that the other has not heard of for a week. That
    may be while letters are lost and no sweep runs; at rest there is none.
    """
    one = "(SELECT proof, subject, detail FROM audit_{})"
    names = [name for name in PROOFS if name not in OF_WORK and (at_rest or name != "clearing")]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(one.format(name) for name in names))
        return cursor.fetchall()


def sums(*kinds):
    """The ledger's sums of these kinds of pots by (kind, currency), without zeros."""
    rows = LedgerLeg.objects.filter(account__kind__in=kinds) if kinds else LedgerLeg.objects
    found = rows.values_list("account__kind", "currency").annotate(minor=Sum("amount"))
    return {(kind, currency): minor for kind, currency, minor in found if minor}


def purses():
    """What our books owe each annotator, by (annotator's key, currency), debts counted down."""
    rows = LedgerLeg.objects.filter(account__owner_key__startswith="annotator:")
    found = rows.values_list("account__owner_key", "currency").annotate(minor=Sum("amount"))
    return Counter({(key, currency): minor for key, currency, minor in found})


def wholes():
    """The sum of all legs of each currency."""
    found = LedgerLeg.objects.values_list("currency").annotate(minor=Sum("amount"))
    return {currency: minor for currency, minor in found if minor}


def at_stripe():
    """The local Stripe's balance by currency, without zeros."""
    said = {name: row.available_minor + row.pending_minor for name, row in read_cash().items()}
    return {name: minor for name, minor in said.items() if minor}


def stuck_events():
    return list(StripeEvent.objects.filter(state="received").values_list("type", flat=True))


def happened():
    """What has come of an example, counted by name."""
    taken = Clawback.objects.exclude(booked_at=None)
    told = {
        "pay was taken": taken.values_list("taken_from"),
        "a clawback": Clawback.objects.values_list("state"),
        "a debt was settled by": Recovery.objects.filter(undone_at=None).values_list("way"),
        "a reversal asked for": Reversal.objects.filter(clawback__isnull=False).values_list(
            "state"
        ),
        "a reversal by hand": Reversal.objects.filter(clawback=None).values_list("state"),
        "a dispute": Dispute.objects.values_list("state"),
        "a bank payout": BankPayout.objects.values_list("state"),
        "a deposit": Deposit.objects.values_list("method", "state"),
        "a payout": Payout.objects.values_list("state"),
        "an earning": Earning.objects.values_list("kind", "state"),
        "a refund": RefundPart.objects.values_list("state"),
        "a client frozen": ClientFreeze.objects.filter(lifted_at=None).values_list("lifted_by"),
    }
    return Counter(
        " ".join(filter(None, (name, *row))) for name, rows in told.items() for row in rows
    )
