"""What comes free after a lost dispute makes the platform's loss of it good, until staff say stop."""

from dataclasses import replace

import pytest
from django.db import transaction

from accounts.models import Notice
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.ids import new_id
from payments import jobs
from payments.actions import disputes, funds, making_good
from payments.actions.ledger import Posting, post
from payments.actions.reserve import release, reserve
from payments.models import Dispute, LedgerEntry
from payments.stripe import disputes as stripe_disputes
from payments.stripe.gateway import DisputedMove
from tests.payments import clients
from tests.payments.money import balance
from tests.payments.refunding import paid
from tests.properties.money_world import findings
from tests.support.desk import Desk
from tests.support.factories_payments import BY

STAFF = Actor(ActorKind.STAFF, "1")
POT, OTHER = "project:a", "project:b"
TAKEN = (0, 0, 0, -4500)  # what a dispute of all leaves while 4,500 are promised


@pytest.fixture
def client(local):
    """A client whose 10,000 were paid through Stripe: 2,000 prepaid, 3,000 and 5,000 in projects,
    of which 4,500 are reserved."""
    who = clients.client()
    who.owner = who.memberships.get().user
    who.intent = paid(local, who, 10_000).payment_intent
    for pot, amount in ((POT, 3000), (OTHER, 5000)):
        funds.allocate(organization_id=who.pk, pot=pot, currency="usd", amount_minor=amount, by=BY)
    with transaction.atomic():
        assert reserve(
            holder="assignment:1", pot=OTHER, organization_id=who.pk, currency="usd",
            price_minor=4500, fee_minor=0, by=BY,
        )  # fmt: skip
    return who


def pots(who):
    """(prepaid, first project, second project, loss)."""
    return (
        balance("client_prepaid", f"org:{who.pk}"),
        balance("project_funds", POT),
        balance("project_funds", OTHER),
        balance("platform_loss", "platform"),
    )


def settle(dispute):
    disputes.settle(dispute["id"], by=BY)
    return Dispute.objects.get(stripe_dispute=dispute["id"])


def found():
    return [row for row in findings() if row[0] == "disputes"]


def lost(local, client):
    made = local.stripe.open_dispute(client.intent)
    settle(made)
    jobs.make_good()
    assert pots(client) == TAKEN  # while it may be won nothing more is taken
    local.stripe.move_dispute(made["id"], "lost")
    settle(made)
    return made


def more(who, pot, amount):
    """Money that comes in at Stripe, or comes free, in one of the client's pots."""
    whose = f"org:{who.pk}" if pot == "client_prepaid" else OTHER
    with transaction.atomic():
        legs = [("clearing_charge", "platform", -amount), (pot, whose, amount)]
        post([Posting(f"fund:{new_id()}", "fund", legs, "usd")], by=BY)


def test_what_comes_free_later_makes_the_loss_of_a_lost_dispute_good(local, client):
    made = lost(local, client)
    jobs.make_good()
    assert pots(client) == TAKEN  # nothing is free
    release(holder="assignment:1", by=BY)
    more(client, "client_prepaid", 300)
    jobs.make_good()
    row = Dispute.objects.get()
    assert pots(client) == (0, 0, 300, 0)
    assert (row.made_good_minor, row.loss_minor) == (4500, 0)
    assert row.made_good == [
        ["client_prepaid", f"org:{client.pk}", 300], ["project_funds", OTHER, 4200],
    ]  # fmt: skip
    assert (
        Notice.objects.filter(user=client.owner)
        .latest("created_at")
        .text.startswith("$45.00 of your funds was kept for the payment of $100.00")
    )
    assert found() == []
    more(client, "client_prepaid", 70)
    jobs.make_good()
    assert (Dispute.objects.get().made_good_minor, pots(client)[0]) == (4500, 70)
    seen = stripe_disputes.read_dispute(made["id"])
    back = DisputedMove("txn_back", 10_000, 0)
    disputes._keep(replace(seen, status="won", moves=(*seen.moves, back)), by=BY)
    row.refresh_from_db()
    assert (row.state, pots(client)) == ("won", (2370, 3000, 5000, 0))
    assert found() == []


def test_it_is_made_good_bit_by_bit_until_staff_let_the_client_go_on(local, client):
    lost(local, client)
    for amount in (100, 200):
        more(client, "project_funds", amount)
        jobs.make_good()
    assert (Dispute.objects.get().made_good_minor, pots(client)[3]) == (300, -4200)
    assert LedgerEntry.objects.filter(kind=making_good.ENTRY).count() == 2
    row = disputes.thaw(dispute_id=Dispute.objects.get().pk, why="They paid by wire.", by=STAFF)
    more(client, "client_prepaid", 500)
    jobs.make_good()
    assert not making_good._one(row.pk, by=BY)  # found before it was lifted
    assert (Dispute.objects.get().made_good_minor, pots(client)[0]) == (300, 500)


def test_a_lost_dispute_of_a_strangers_payment_stands_in_nobodys_way(local, client):
    stray = local.stripe.open_dispute(local.fund(900).id)
    local.stripe.move_dispute(stray["id"], "lost")
    assert (settle(stray).organization, settle(stray).loss_minor) == (None, 900)
    made = local.stripe.open_dispute(client.intent)
    settle(made)
    local.stripe.move_dispute(made["id"], "lost")
    settle(made)
    more(client, "client_prepaid", 300)
    jobs.make_good()
    assert Dispute.objects.get(stripe_dispute=made["id"]).made_good_minor == 300


def test_what_the_bank_gave_back_is_not_taken_from_the_client_as_well(local, client):
    """Stripe gives the money back before it says "won", or with a word that we do not know."""
    made = lost(local, client)
    seen = stripe_disputes.read_dispute(made["id"])
    back = DisputedMove("txn_back", 10_000, 0)
    disputes._keep(replace(seen, moves=(*seen.moves, back)), by=BY)
    assert (Dispute.objects.get().state, pots(client)) == ("lost", (2000, 3000, 500, 0))
    jobs.make_good()
    assert pots(client) == (2000, 3000, 500, 0)


def test_who_lets_the_client_go_on_reads_what_is_still_the_platforms_loss(local, client):
    lost(local, client)
    more(client, "client_prepaid", 300)
    jobs.make_good()
    row, ada = Dispute.objects.get(), Desk(administrator=True)
    page = ada.page("payments/dispute", f"{row.pk}/decide/")
    assert "the client&#x27;s prepaid money: $23.00" in page  # 20.00 at once, 3.00 later
    assert "the platform: $42.00" in page
    assert "the platform: $45.00" not in page
    assert "project_funds" not in ada.page("payments/dispute", f"{row.pk}/change/")
    assert "client_prepaid" not in ada.page("payments/dispute", f"{row.pk}/change/")


def test_the_owners_are_told_of_the_first_part_and_of_the_last_not_of_every_cent(local, client):
    lost(local, client)
    before = Notice.objects.filter(user=client.owner, kind="dispute").count()
    for amount, told in ((10, 1), (20, 1), (30, 1), (4440, 2)):
        more(client, "client_prepaid", amount)
        jobs.make_good()
        assert Notice.objects.filter(user=client.owner, kind="dispute").count() - before == told
    assert Dispute.objects.get().loss_minor == 0
