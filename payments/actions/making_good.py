"""A lost dispute of which the platform bears a part: what comes free later makes that good.

Claims that end without pay give money back to the client's projects, and the client may pay in.
While the dispute stands (its freeze is not lifted) that money makes the loss good first. A person
who lets the client go on ends it: then nothing more is taken.
"""

import uuid

from django.db import transaction

from accounts.actions.notices import Telling, notify_many
from accounts.models import Membership
from accounts.states import Role
from marketplace.core import audit
from marketplace.core.actors import Actor
from payments.actions import disputes
from payments.actions.ledger import Leg, Posting, post
from payments.chart import PLATFORM
from payments.currencies import major
from payments.models import Dispute
from payments.states import DisputeState

ENTRY = "dispute_made_good"


def make_good(*, by: Actor) -> int:
    """Take what is free for each lost dispute that still stands, the oldest first; safe to repeat.

    Returns for how many something was taken.
    """
    rows = Dispute.objects.filter(
        state=DisputeState.LOST,
        reinstated_minor=0,
        organization__isnull=False,  # a stranger's payment freezes nobody, and has no pots
        freeze__lifted_at__isnull=True,
        taken__contains=[["platform_loss"]],
    )
    left = [row.pk for row in rows.order_by("created_at", "pk") if row.loss_minor]
    return sum(_one(pk, by=by) for pk in left)


@transaction.atomic
def _one(dispute_id: uuid.UUID, *, by: Actor) -> bool:
    """From prepaid money, then from the projects' free funds, as the dispute itself took it."""
    row = Dispute.objects.select_for_update(no_key=True).get(pk=dispute_id)
    ended = row.state != DisputeState.LOST or row.reinstated_minor
    stands = not ended and row.freeze.lifted_at is None
    before, left = row.made_good_minor, row.loss_minor if stands else 0
    legs: list[Leg] = []
    for account in disputes.purses(row):
        part = min(account.balance, left)
        if part > 0:
            legs.append((account.kind, account.owner_key, -part))
            left -= part
    amount = -sum(part for _kind, _whose, part in legs)
    if not amount:
        return False
    row.made_good_minor += amount
    row.made_good = [*row.made_good, *([kind, whose, -part] for kind, whose, part in legs)]
    row.save(update_fields=["made_good_minor", "made_good"])
    audit.record("made_dispute_good", row, by=by, amount_minor=amount)
    if not before or not left:  # not of every cent between: their statement has each
        _tell(row, amount)
    legs.append(("platform_loss", PLATFORM, amount))
    key = f"dispute:{row.stripe_dispute}:made_good:{before}"
    post([Posting(key, ENTRY, legs, row.currency)], by=by)
    return True


def _tell(row: Dispute, amount: int) -> None:
    """One sentence to each owner."""
    text = (
        f"{major(amount, row.currency)} of your funds was kept for the payment of "
        f"{major(row.amount_minor, row.currency)} that your bank took back: your funds had not "
        "covered all of it."
    )
    people = Membership.objects.filter(organization__disputes=row, role=Role.OWNER)
    tellings = [
        Telling(user_id, text, "/client/")
        for user_id in people.order_by("pk").values_list("user_id", flat=True)
    ]
    notify_many(kind="dispute", tellings=tellings)
