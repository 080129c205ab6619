"""Events of payouts and charges come in any order, late and more than once, while their objects move
on at Stripe: the same end, each entry once."""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from marketplace.ops import proof
from payments.actions import books, payouts, sending
from payments.models import BankPayout, Difference, Dispute, LedgerEntry, Reversal
from payments.selectors import freezes
from tests.payments.clients import ask, client, prepaid
from tests.payments.money import at_stripe, balance, pass_time, purse, run_jobs, transfers
from tests.payments.test_webhooks import post
from tests.support.factories_payments import BY, earn_payable

DAY = 86_400
DICE = st.lists(st.integers(min_value=0, max_value=999), max_size=12)
FEW = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],  # shrinking takes minutes here
)


def proven():
    """The books are right; that there is no work behind these earnings is the test's own doing."""
    return {found.proof for found in proof.run()} <= {"earned_for_nothing"}


class Post:
    """Stripe's letters about some objects, handed in at our door in the order that is drawn."""

    def __init__(self, local, *about, account=""):
        self.local, self.about, self.account = local, about, account

    def letters(self):
        """All that Stripe has told so far, the newest first."""
        of = self.local.client.v1.events
        rows = [row.to_dict() for row in of.list({"limit": 100}).auto_paging_iter()]
        mine = [row for row in rows if any(name in str(row["data"]) for name in self.about)]
        if self.account:
            inside = of.list({"limit": 100}, {"stripe_account": self.account}).data
            mine += [{**row.to_dict(), "account": self.account} for row in inside]
        return mine

    def bring(self, letter):
        """Through the door, as Stripe would, and what a worker does then."""
        assert post(letter).status_code == 200
        run_jobs()


def live(mail, moves, dice, data):
    """Stripe's moves happen in their order; letters come in between, then all in a drawn order."""
    for number, move in enumerate(moves):
        move()
        for cast in dice[number :: len(moves)]:
            letters = mail.letters()
            mail.bring(letters[cast % len(letters)])
    letters = mail.letters()
    for place in data.draw(st.permutations(range(len(letters)))):
        mail.bring(letters[place])
    pass_time(hours=1)
    run_jobs()  # what had to wait for another letter
    return {letter["type"] for letter in letters}


@FEW
@given(dice=DICE, data=st.data())
def test_any_order_of_a_payouts_events_ends_the_same(local, dice, data):
    """Scenario 21: made without an answer, reversed twice by hand, paid to the bank, sent back."""
    local.fund(5_000)
    who = at_stripe(local)
    earn_payable(who, 1000, 700)
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    local.stripe.add_fault("drop_after", path="/v1/transfers$")
    sending.send(row.pk, by=BY)
    made = local.client.v1.transfers.list({"transfer_group": f"payout_{row.pk}"}).data[0]
    back = local.client.v1.transfers.reversals
    mail = Post(local, made.id, account=row.destination)

    def refused():
        at_bank = local.client.v1.payouts.list({}, {"stripe_account": row.destination}).data[0]
        local.stripe.fail_payout(at_bank.id, "account_closed")

    kinds = live(
        mail,
        [
            lambda: back.create(made.id, {"amount": 300}),
            lambda: back.create(made.id, {"amount": 200}),
            lambda: local.stripe.advance(2 * DAY),
            lambda: local.stripe.advance(5 * DAY),
            refused,
        ],
        dice,
        data,
    )
    assert kinds >= {"transfer.created", "transfer.reversed", "payout.paid", "payout.failed"}
    row.refresh_from_db()
    assert (row.state, row.reversed_minor, row.attempt) == ("part_reversed", 500, 1)
    assert (purse(who), balance("annotator_returned", f"annotator:{who.pk}")) == ((0, 0, 0), 500)
    assert len(transfers(local, row)) == 1
    assert LedgerEntry.objects.filter(key=f"payout:{row.pk}:done").count() == 1
    parts = Reversal.objects.filter(payout=row).order_by("amount_minor")
    assert list(parts.values_list("state", "amount_minor")) == [("done", 200), ("done", 300)]
    at_bank = BankPayout.objects.get(annotator=who)
    assert (at_bank.state, at_bank.amount_minor) == ("failed", 1200)
    assert proven()


@FEW
@given(dice=DICE, data=st.data(), end=st.sampled_from(["won", "lost"]))
def test_any_order_of_a_charges_events_ends_the_same(local, dice, data, end):
    """Scenario 21: paid by card, then disputed to its end; also when the dispute is heard of first."""
    org = client()
    row = ask(org, 5_000, method="card")
    local.visit(row.checkout_url, {"card_number": "4242424242424242", "action": "pay"})
    page = local.client.v1.checkout.sessions.retrieve(row.checkout_session)
    mail = Post(local, page.id, page.payment_intent)
    made = []
    kinds = live(
        mail,
        [
            lambda: made.append(local.stripe.open_dispute(page.payment_intent)["id"]),
            lambda: local.stripe.move_dispute(made[0], "under_review"),
            lambda: local.stripe.move_dispute(made[0], end),
        ],
        dice,
        data,
    )
    assert kinds >= {
        "checkout.session.completed",
        "charge.dispute.created",
        "charge.dispute.closed",
    }
    row.refresh_from_db()
    dispute = Dispute.objects.get(stripe_dispute=made[0])
    lost = end == "lost"
    assert (row.state, dispute.state, dispute.organization_id) == ("paid", end, org.pk)
    assert (prepaid(org), freezes.is_frozen(org.pk)) == (0 if lost else 5_000, lost)
    assert balance("platform_loss", "platform") == 0
    assert LedgerEntry.objects.filter(key=f"fund:{page.payment_intent}").count() == 1
    assert LedgerEntry.objects.filter(key__startswith=f"dispute:{made[0]}:").count() == 2 - lost
    books.sync(by=BY)
    assert balance("clearing_dispute", "platform") == balance("clearing_charge", "platform") == 0
    assert not Difference.objects.filter(kind="dispute_sums").exists()
    assert proven()
