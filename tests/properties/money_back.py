"""More of the week: money that comes back. Pay taken back, transfers reversed, payments disputed,
bank payouts that fail, and cards that are charged by themselves."""

import contextlib

import stripe
from django.db.models import F
from hypothesis import strategies as st
from hypothesis.stateful import rule

from marketplace.core.errors import Refused
from payments.actions import clawbacks, comings_back, contests, debts, reversals, topups
from payments.models import BankPayout, Clawback, Deposit, Earning, Payout, Reversal
from payments.states import MADE
from payments.stripe.gateway import StripeFault
from tests.payments import clients
from tests.payments.clawing import ADA, GRACE, REASON
from tests.support.factories_payments import BY

WHICH = st.integers(min_value=0, max_value=99)
# Of what is there, in thousandths; often all of it.
PART = st.sampled_from((1_000, 1_000, 500, 333, 1))
MOVES = ("under_review", "needs_response", "won", "lost", "warning_closed")
OFFLINE = (StripeFault, stripe.StripeError)  # a fault that was armed may meet our own call


class MoneyBack:
    """Rules of `Week`, whose `world`, `local` and `pick` they use."""

    # ------------------------------------------------------------------------ pay taken back
    @rule(which=WHICH, part=PART)
    def pay_is_taken_back(self, which, part):
        """Wherever it is by now: waiting, payable, in a payout, paid."""
        row = self.pick(Earning.objects.exclude(state="taken"), which)
        if row:
            self._take(row, part)

    def _take(self, row, part):
        paid = self.world.paid[row.pk]
        amount = max(1, paid.left * part // 1000)
        with contextlib.suppress(Refused):
            made = clawbacks.ask(earning_id=row.pk, amount_minor=amount, reason=REASON, by=GRACE)
            paid.take(made.pk, amount)
            if made.second_needed:
                clawbacks.approve(clawback_id=made.pk, by=ADA)

    def _debt(self, which):
        """A debt; where there is none, one is made of pay that was sent."""
        owed = Clawback.objects.filter(state="booked", taken_from="debt")
        owed = owed.filter(settled_minor__lt=F("amount_minor"))
        if not owed.exists() and (row := self.pick(Earning.objects.filter(state="paid"), which)):
            self._take(row, 500)
        return self.pick(owed, which)

    @rule(which=WHICH)
    def a_clawback_was_wrong(self, which):
        row = self.pick(Clawback.objects.filter(state="booked"), which) or self._debt(which)
        if row is None:
            return
        written_off = sum(
            row.recoveries.filter(way="write_off").values_list("amount_minor", flat=True)
        )
        with contextlib.suppress(Refused):
            contests.reverse(clawback_id=row.pk, why="It was right after all.", by=ADA)
            paid = self.world.paid[row.earning_id]
            paid.taken.pop(row.pk)
            self.world.let_go[paid.who, paid.currency] -= written_off
            award = Earning.objects.filter(source=f"award:{row.pk}").first()
            if award:
                paid.given_again += award.amount_minor
                self.world.given_again(award)

    @rule(which=WHICH)
    def a_debt_is_let_go(self, which):
        row = self._debt(which)
        if row is None:
            return
        left = row.unpaid_minor
        with contextlib.suppress(Refused):
            debts.write_off(clawback_id=row.pk, why="They have left.", by=GRACE)
            self.world.let_go[row.annotator_id, row.currency] += left

    # -------------------------------------------------------------------- transfers reversed
    @rule(which=WHICH)
    def a_debt_is_taken_from_the_account(self, which):
        row = self._debt(which)
        if row:
            with contextlib.suppress(Refused):
                reversals.ask(clawback_id=row.pk, reason="They asked us to.", by=GRACE)

    @rule(which=WHICH, part=PART)
    def a_transfer_is_reversed_by_hand(self, which, part):
        """In Stripe's dashboard; refused there where the account holds less."""
        row = self.pick(Payout.objects.filter(state__in=MADE).order_by("-pk"), which)
        if row:
            amount = max(1, row.amount_minor * part // 1000)
            with contextlib.suppress(stripe.StripeError):
                self.local.client.v1.transfers.reversals.create(
                    row.stripe_transfer, {"amount": amount}
                )

    @rule(which=WHICH)
    def what_came_back_is_given_back(self, which):
        row = self.pick(Reversal.objects.filter(returned_minor__gt=0), which)
        if row:
            made = comings_back.give_back(reversal_id=row.pk, why="A slip of ours.", by=GRACE)
            self.world.given_again(made)

    # --------------------------------------------------------------------- payments disputed
    @rule(
        which=WHICH,
        inquiry=st.sampled_from((False, False, True)),
        then=st.lists(st.sampled_from(MOVES), max_size=2),
    )
    def a_payment_is_disputed(self, which, inquiry, then):
        """And perhaps decided on before we hear of it."""
        paid = Deposit.objects.filter(state="paid").exclude(payment_intent=None)
        row = self.pick(paid.exclude(payment_intent="").order_by("-pk"), which)
        if row is None:
            return
        with contextlib.suppress(stripe.StripeError, LookupError, ValueError):
            intent = self.local.client.v1.payment_intents.retrieve(
                row.payment_intent, {"expand": ["latest_charge"]}
            )
            if intent.latest_charge.amount > intent.latest_charge.amount_refunded:
                made = self.local.stripe.open_dispute(row.payment_intent, inquiry=inquiry)
                self.world.disputes.append(made["id"])
                for status in then:
                    self.a_dispute_goes_on(-1, status)

    @rule(which=WHICH, status=st.sampled_from(MOVES))
    def a_dispute_goes_on(self, which, status):
        if found := self.world.disputes:
            with contextlib.suppress(ValueError):
                self.local.stripe.move_dispute(found[which % len(found)], status)

    # ------------------------------------------------------------------- banks, saved cards
    @rule(which=WHICH)
    def a_bank_sends_pay_back(self, which):
        """What Stripe paid to an annotator's bank returns to their account there, not to us."""
        if not BankPayout.objects.exists():
            self.world.pass_time(days=3)
            self.world.deliver()
        if row := self.pick(BankPayout.objects.all(), which):
            with contextlib.suppress(LookupError):
                self.local.stripe.fail_payout(row.stripe_payout)

    @rule(
        client=st.sampled_from((0, 0, 0, 1)),
        currency=st.sampled_from(("usd", "usd", "eur", "jpy")),
        card=st.sampled_from(("pm_card_visa", "pm_card_visa", "pm_card_chargeCustomerFail")),
    )
    def a_card_is_charged_by_itself(self, client, currency, card):
        """From now on, whenever prepaid money is low."""
        org = self.world.orgs[client]
        with contextlib.suppress(Refused, *OFFLINE):
            topups.set_rule(
                organization_id=org.pk,
                currency=currency,
                floor_minor=9_000,
                amount_minor=5_000,
                ceiling_minor=11_000,
                card_id=clients.save_card(self.local, org, card).pk,
                by=BY,
            )
