"""Earned money taken back: a person asks with a reason, above a limit a second one approves.

The limit is about what one annotator loses in ALONE_DAYS by single persons, so that a large sum
cannot be taken in small ones. Never done by itself. Money that waits or is payable is taken as it
is; of money that was paid a debt is left, which later payouts or a reversal of the transfer settle.
The client gets price and fee back at once. While the earning is in a payout whose end is not known,
the clawback waits.
"""

import datetime as dt
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from accounts.actions import adverse
from accounts.actions.notices import notify
from accounts.models import AnnotatorProfile
from accounts.states import AdverseKind, PolicyRule
from marketplace.core import audit, clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.money import split
from marketplace.core.states import move
from payments.actions import debts
from payments.actions.ledger import Leg, Posting, post
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.currencies import major
from payments.models import Clawback, Earning
from payments.states import AWARDS, CLAWBACK_MOVES, ClawbackState, EarningState

SHORTEST, LONGEST = 40, 2000
ALONE_DAYS = 30
ENDED = (ClawbackState.REFUSED, ClawbackState.REVERSED)
PLACES = {
    EarningState.PENDING: "pending",
    EarningState.PAYABLE: "payable",
    EarningState.PAID: "debt",
}


@transaction.atomic
def ask(*, earning_id: uuid.UUID, amount_minor: int, reason: str, by: Actor) -> Clawback:
    """Ask to take back `amount_minor` of an earning; done at once up to the limit for one person.

    Staff only, not about themselves (403). Refuses (422) a reason of fewer than 40 characters (the
    annotator reads it), and an amount that is not from 1 to what is left of the earning.
    """
    staff(by)
    reason = _reason(reason)
    earning = _in_turn(earning_id)
    not_own(earning.annotator, by)
    mine = Clawback.objects.filter(earning=earning).exclude(state__in=ENDED)
    sums = mine.aggregate(amount=Sum("amount_minor"), fee=Sum("fee_minor"))
    before, fee_before = sums["amount"] or 0, sums["fee"] or 0
    left = earning.amount_minor - before - _given_again(earning)
    if type(amount_minor) is not int or not 0 < amount_minor <= left:
        fault = Fault("/amount_minor", f"At most {major(left, earning.currency)} is left.")
        raise invalid("This much cannot be taken back.", [fault])
    alone = _taken_alone(earning) + amount_minor
    whole = before + amount_minor
    share, _rest = split(earning.fee_minor, [whole, earning.amount_minor - whole])
    row = Clawback.objects.create(
        earning=earning,
        annotator=earning.annotator,
        currency=earning.currency,
        amount_minor=amount_minor,
        fee_minor=max(share - fee_before, 0),  # an earlier one, since reversed, took its unit
        reason=reason,
        second_needed=alone > settings.CLAWBACK_ALONE_MINOR.get(earning.currency, 0),
        asked_by=by.key,
    )
    audit.record("asked_clawback", row, by=by, reason=reason, amount_minor=amount_minor)
    if not row.second_needed:
        _go(row, earning, by=by)
    return row


@transaction.atomic
def approve(*, clawback_id: uuid.UUID, by: Actor) -> Clawback:
    """The second person agrees: it is done. Refuses (403) whoever asked for it."""
    staff(by)
    row, earning = both(clawback_id)
    if row.asked_by == by.key:
        raise Refused("same_person", "Somebody else has to approve this.", status=403)
    not_own(earning.annotator, by)
    if row.state != ClawbackState.ASKED:
        raise Refused("wrong_state", "This clawback does not wait for an approval.")
    row.approved_by = by.key
    row.save(update_fields=["approved_by"])
    audit.record("approved_clawback", row, by=by)
    _go(row, earning, by=by)
    return row


@transaction.atomic
def refuse(*, clawback_id: uuid.UUID, why: str, by: Actor) -> Clawback:
    """It is not done after all: any member of staff may say so, with a reason (422 without)."""
    staff(by)
    if not why.strip():
        raise invalid("Say why: it is kept.", [Fault("/why", "Say why.")])
    row, _ = both(clawback_id)
    move(row, ClawbackState.REFUSED, CLAWBACK_MOVES, ended_at=clock.now())
    audit.record("refused_clawback", row, by=by, reason=why.strip())
    return row


def book_waiting(*, by: Actor) -> int:
    """Book the clawbacks whose earning's payout has ended; returns how many."""
    waiting = Clawback.objects.filter(
        state=ClawbackState.WAITING, earning__state__in=list(PLACES)
    ).order_by("created_at")
    return sum(_book_one(pk, by=by) for pk in waiting.values_list("pk", flat=True)[:100])


@transaction.atomic
def _book_one(clawback_id: uuid.UUID, *, by: Actor) -> bool:
    row, earning = both(clawback_id)
    if row.state != ClawbackState.WAITING or earning.state not in PLACES:
        return False
    _book(row, earning, by=by)
    return True


def staff(by: Actor) -> None:
    """Refuses (403) whoever is no member of staff."""
    if by.kind is not ActorKind.STAFF:
        raise Refused("not_permitted", "Only staff take money back.", status=403)


def not_own(annotator: AnnotatorProfile, by: Actor) -> None:
    """Refuses (403) a member of staff who would decide on what is their own as an annotator."""
    if str(annotator.user_id) == by.id:
        raise Refused("own_money", "Nobody decides on their own money.", status=403)


def _in_turn(earning_id: uuid.UUID) -> Earning:
    """The earning under its lock and its annotator's: of two slices at once one is the first."""
    whose = Earning.objects.filter(pk=earning_id).values("annotator")
    list(AnnotatorProfile.objects.select_for_update(no_key=True).filter(pk__in=whose))
    return locked(earning_id)


def _taken_alone(earning: Earning) -> int:
    """What single persons took, or are to take, from this annotator lately; minor units."""
    rows = Clawback.objects.filter(
        annotator=earning.annotator_id,
        currency=earning.currency,
        second_needed=False,
        created_at__gt=clock.now() - dt.timedelta(days=ALONE_DAYS),
    ).exclude(state__in=ENDED)
    return int(rows.aggregate(minor=Sum("amount_minor"))["minor"] or 0)


def locked(earning_id: uuid.UUID) -> Earning:
    """The earning under its lock; 404 for an unknown one."""
    rows = Earning.objects.select_for_update(no_key=True, of=("self",)).select_related("annotator")
    row = rows.filter(pk=earning_id).first()
    if row is None:
        raise NotFound("earning")
    return row


def both(clawback_id: uuid.UUID) -> tuple[Clawback, Earning]:
    """Clawback and earning, locked in the one order: the earning first."""
    found = Clawback.objects.filter(pk=clawback_id).values_list("earning_id", flat=True).first()
    if found is None:
        raise NotFound("clawback")
    earning = locked(found)
    return Clawback.objects.select_for_update(no_key=True).get(pk=clawback_id), earning


def _given_again(earning: Earning) -> int:
    """What reversed clawbacks gave back as awards of their own: it can be taken back from those."""
    wrong = Clawback.objects.filter(earning=earning, state=ClawbackState.REVERSED)
    awards = [f"award:{pk}" for pk in wrong.values_list("pk", flat=True)]
    given = Earning.objects.filter(source__in=awards).aggregate(minor=Sum("amount_minor"))
    return given["minor"] or 0


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not SHORTEST <= len(reason) <= LONGEST:
        fault = Fault("/reason", f"{SHORTEST} to {LONGEST} characters.")
        raise invalid("Say why, so that the annotator understands it.", [fault])
    return reason


def _go(row: Clawback, earning: Earning, *, by: Actor) -> None:
    if earning.state == EarningState.IN_TRANSIT:
        move(row, ClawbackState.WAITING, CLAWBACK_MOVES)
    else:
        _book(row, earning, by=by)


def _book(row: Clawback, earning: Earning, *, by: Actor) -> None:
    """The act, the money, the annotator's notice. The caller holds both locks."""
    place = PLACES[EarningState(earning.state)]
    act = adverse.record(
        annotator=earning.annotator,
        kind=AdverseKind.PAY_TAKEN,
        subject=f"clawback:{row.pk}",
        rule=PolicyRule.CLAWBACK,
        text=row.reason,
        evidence=[earning.source, f"earning:{earning.pk}"],
        by=by,
    )
    move(row, ClawbackState.BOOKED, CLAWBACK_MOVES, taken_from=place, booked_at=clock.now())
    if place != "debt":
        _take(earning, row.amount_minor)
    audit.record("booked_clawback", row, by=by, amount_minor=row.amount_minor, taken_from=place)
    amount = major(row.amount_minor, row.currency)
    text = f"{amount} of “{earning.label}” is taken back. You can read why, and contest it."
    notify(user_id=earning.annotator.user_id, kind="clawback", text=text, link=adverse.page_of(act))
    posting = Posting(entry_key(row), "clawback", _legs(row, earning), row.currency)
    more = debts.settle_from_returned(row) if place == "debt" else []
    post([posting, *more], by=by)


def entry_key(row: Clawback) -> str:
    """The key of the entry that a clawback books."""
    return f"claw:{row.pk}"


def _take(earning: Earning, amount: int) -> None:
    earning.taken_minor += amount
    if earning.taken_minor == earning.amount_minor:
        earning.state = EarningState.TAKEN
    earning.save(update_fields=["taken_minor", "state"])


def _legs(row: Clawback, earning: Earning) -> list[Leg]:
    """From the annotator and the platform's fee back to who paid: the project, or the platform."""
    whole = row.amount_minor + row.fee_minor
    back = ("platform_cost", PLATFORM) if earning.kind in AWARDS else ("project_funds", earning.pot)
    legs: list[Leg] = [
        (f"annotator_{row.taken_from}", owner("annotator", row.annotator_id), -row.amount_minor),
        ("platform_fee", PLATFORM, -row.fee_minor),
        (*back, whole),
    ]
    return [leg for leg in legs if leg[2]]
