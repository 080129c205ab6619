"""A small world of money: two clients, three annotators, three currencies, a Stripe of its own.

Everything in it is real: PostgreSQL, the actions, the SDK, HTTP, signed webhooks through our door.
Beside it a tally in plain Python keeps what must have come of it.
"""

import contextlib
import datetime as dt
import uuid
from collections import Counter

from django.db import connection
from django.db.models import Sum
from django.test import Client

from marketplace.core import clock, registry
from marketplace.core.errors import Refused
from marketplace.ops.proof import PROOFS
from payments.models import ConnectedAccount, LedgerLeg, StripeEvent
from payments.stripe.books import read_cash
from payments.stripe.gateway import StripeFault
from tests.payments import clients
from tests.payments.money import run_jobs
from tests.support.factories_payments import annotator

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
    f"payments.compare_{name}" for name in ("payouts", "cash", "clearing", "transfers", "books")
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


class World:
    """What exists in one example, and the tally of what was done in it."""

    def __init__(self, local):
        self.local = local
        empty()
        local.stripe.reset()
        local.stripe.courier.hooks.clear()
        local.stripe.add_webhook(DOOR, SECRET)
        local.stripe.add_webhook(f"{DOOR}thin/", THIN_SECRET, thin=True)
        local.stripe.webhooks(mode="manual")
        self.orgs = [clients.client() for _ in range(2)]
        self.pots = {
            (org.pk, currency): f"project:{uuid.uuid4()}"
            for org in self.orgs
            for currency in CURRENCIES
        }
        self.annotators = [self._annotator() for _ in range(3)]
        self.moody = set()  # accounts of which Stripe has changed its mind
        # What must have come of it, in minor units: by (annotator, currency), by currency.
        self.earned, self.fees, self.awarded = Counter(), Counter(), Counter()

    def _annotator(self):
        """Somebody whose account at the local Stripe may be paid."""
        who, account = annotator(), self.local.account()
        self.local.stripe.set_transfers(account.id, "active")
        ConnectedAccount.objects.create(
            annotator=who, stripe_account=account.id, transfers="active"
        )
        return who

    def pot(self, org, currency):
        return self.pots[org.pk, currency]

    def work(self):
        """What worker and beat do meanwhile: the sweeps of payments, and the jobs that are due.

        Sweeps that only compare have a rule of their own.
        """
        for name, sweep in sorted(registry.SWEEPS.items()):
            if name.startswith("payments.") and name not in LOOKS:
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


def findings():
    """What the audits of money find: nothing where all is well."""
    one = "(SELECT proof, subject, detail FROM audit_{})"
    names = [name for name in PROOFS if name not in OF_WORK]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(one.format(name) for name in names))
        return cursor.fetchall()


def sums(*kinds):
    """The ledger's sums of these kinds of pots by (kind, currency), without zeros."""
    rows = LedgerLeg.objects.filter(account__kind__in=kinds) if kinds else LedgerLeg.objects
    found = rows.values_list("account__kind", "currency").annotate(minor=Sum("amount"))
    return {(kind, currency): minor for kind, currency, minor in found if minor}


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
