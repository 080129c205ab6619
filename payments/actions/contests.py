"""An annotator objects to a clawback; another person than who asked for it decides."""

import datetime as dt
import uuid
from collections import Counter

from django.conf import settings
from django.db import transaction

from accounts.actions import adverse
from accounts.actions.notices import notify
from accounts.models import AdverseAct
from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.states import lock, move
from payments.actions import differences
from payments.actions.clawbacks import both, entry_key, staff
from payments.actions.ledger import Leg, Posting, post
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.currencies import major
from payments.models import Clawback, Difference, Earning, LedgerAccount
from payments.states import (
    AWARDS,
    CLAWBACK_MOVES,
    MADE,
    ClawbackState,
    DifferenceState,
    EarningKind,
    EarningState,
)

CONTESTED = "clawback_contested"
LONGEST = 2000
ON_ITSELF = (EarningState.PENDING, EarningState.PAYABLE, EarningState.TAKEN)


@transaction.atomic
def contest(*, clawback_id: uuid.UUID, text: str, by: Actor) -> Clawback:
    """The annotator says why it is wrong, within 14 days; a member of staff gets it to decide.

    404 for one that is not theirs; refuses (422) an empty text, and `too_late`,
    `contested_already`.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise invalid("Say why it is wrong.", [Fault("/text", f"1 to {LONGEST} characters.")])
    row = Clawback.objects.visible_to(by).filter(pk=clawback_id).first()
    if row is None:
        raise NotFound("clawback")
    row = lock(row)
    if row.state != ClawbackState.BOOKED or row.contested_at is not None:
        raise Refused("contested_already", "This was contested, or decided on, already.")
    if not contestable(row):
        raise Refused("too_late", f"This could be contested for {settings.CONTEST_DAYS} days.")
    row.contested_at, row.contest = clock.now(), text
    row.save(update_fields=["contested_at", "contest"])
    audit.record("contested_clawback", row, by=by, reason=text)
    differences.found(
        kind=CONTESTED,
        subject=f"clawback:{row.pk}",
        reason=f"The annotator contests that pay was taken back: {text}",
        currency=row.currency,
        ours_minor=row.amount_minor,
        by=by,
    )
    return row


def contestable(row: Clawback) -> bool:
    """Whether the annotator may still object."""
    end = row.booked_at + dt.timedelta(days=settings.CONTEST_DAYS) if row.booked_at else None
    free = row.state == ClawbackState.BOOKED and row.contested_at is None
    return free and end is not None and clock.now() < end


@transaction.atomic
def uphold(*, clawback_id: uuid.UUID, why: str, by: Actor) -> Clawback:
    """The clawback stands. Staff other than who asked for it (403); refuses `not_contested`."""
    row, earning = _deciding(clawback_id, why, by)
    if row.contested_at is None or row.decided_by:
        raise Refused("not_contested", "Nothing waits for a decision here.")
    row.decided_by, row.decision = by.key, why.strip()
    row.save(update_fields=["decided_by", "decision"])
    audit.record("upheld_clawback", row, by=by, reason=why.strip())
    _close(row, f"It stands: {why.strip()}", by=by)
    text = f"What you contested of “{earning.label}” stands. {why.strip()}"
    notify(user_id=earning.annotator.user_id, kind="clawback", text=text, link="/earnings/")
    return row


@transaction.atomic
def reverse(*, clawback_id: uuid.UUID, why: str, by: Actor) -> Clawback:
    """The clawback was wrong: everything is repaired by an entry that mirrors it.

    Staff other than who asked for it (403), with a reason (422). What the project has spent since
    the platform bears; what was recovered of a debt is payable again. Refuses `payout_open` while a
    payout, or a reversal of a transfer, that settles this debt is under way.
    """
    row, earning = _deciding(clawback_id, why, by)
    open_payout = row.recoveries.filter(undone_at__isnull=True, payout__isnull=False).exclude(
        payout__state__in=MADE
    )
    if open_payout.exists() or row.reversals.filter(state__in=["ready", "sending", "unknown"]):
        raise Refused("payout_open", "What settles this debt is still under way: wait for its end.")
    was_taken_from = row.taken_from
    move(
        row,
        ClawbackState.REVERSED,
        CLAWBACK_MOVES,
        decided_by=by.key,
        decision=why.strip(),
        ended_at=clock.now(),
    )
    act = AdverseAct.objects.get(subject=f"clawback:{row.pk}")
    adverse.reverse(act=act, why=why.strip(), by=by)
    audit.record("reversed_clawback", row, by=by, reason=why.strip())
    _close(row, f"It was reversed: {why.strip()}", by=by)
    amount = major(row.amount_minor, row.currency)
    text = f"{amount} of “{earning.label}”, which was taken back, is yours again. {why.strip()}"
    notify(user_id=earning.annotator.user_id, kind="clawback", text=text, link="/earnings/")
    post(_repairs(row, earning, was_taken_from), by=by)
    return row


def _deciding(clawback_id: uuid.UUID, why: str, by: Actor) -> tuple[Clawback, Earning]:
    staff(by)
    if not why.strip() or len(why) > LONGEST:
        raise invalid("Say why: the annotator reads it.", [Fault("/why", "Say why.")])
    row, earning = both(clawback_id)
    if by.key == row.asked_by or by.id == str(earning.annotator.user_id):
        raise Refused("same_person", "Somebody else has to decide this.", status=403)
    return row, earning


def _close(row: Clawback, resolution: str, *, by: Actor) -> None:
    """The difference that the annotator's objection made, if there is one, is settled."""
    found = Difference.objects.filter(
        kind=CONTESTED, subject=f"clawback:{row.pk}", state=DifferenceState.OPEN
    ).first()
    if found is not None:
        differences.resolve(difference_id=found.pk, resolution=resolution, by=by)


def _repairs(row: Clawback, earning: Earning, place: str) -> list[Posting]:
    """The mirror entry and, where the earning itself is closed, an award of what is given back."""
    written = sum(row.recoveries.filter(way="write_off").values_list("amount_minor", flat=True))
    unpaid = row.amount_minor - row.settled_minor if place == "debt" else 0
    back = row.amount_minor - unpaid - written
    pot, legs = owner("annotator", row.annotator_id), Counter[tuple[str, str]]()
    legs.update(_from_who_got_it(row, earning))
    legs["platform_fee", PLATFORM] += row.fee_minor
    legs["annotator_debt", pot] += unpaid
    legs["platform_loss", PLATFORM] += written
    more = []
    if place != "debt" and earning.state in ON_ITSELF:
        legs[f"annotator_{_untake(earning, back)}", pot] += back
    elif back:
        legs["platform_cost", PLATFORM] += back
        more = [_award(row, earning, back)]
    mirror: list[Leg] = [(kind, key, amount) for (kind, key), amount in legs.items() if amount]
    if not mirror:  # the platform's own award, recovered whole: it bears it again, and awards it
        mirror = [("platform_cost", PLATFORM, -back), ("platform_cost", PLATFORM, back)]
    name = entry_key(row)
    first = Posting(f"{name}:reversed", "clawback_reversed", mirror, row.currency, reverses=name)
    return [first, *more]


def _from_who_got_it(row: Clawback, earning: Earning) -> dict[tuple[str, str], int]:
    """What the project still has of it, the rest from the platform; the accounts under lock."""
    whole = row.amount_minor + row.fee_minor
    if earning.kind in AWARDS:
        return {("platform_cost", PLATFORM): -whole}
    funds = LedgerAccount.objects.select_for_update(no_key=True).filter(
        kind="project_funds", owner_key=earning.pot, currency=row.currency
    )
    free = min(whole, sum(account.balance for account in funds))
    return {("project_funds", earning.pot): -free, ("platform_loss", PLATFORM): free - whole}


def _untake(earning: Earning, amount: int) -> str:
    """Back onto the earning; returns the state that it now has."""
    earning.taken_minor -= amount
    if earning.state == EarningState.TAKEN:
        held = earning.hold_until > clock.now()
        earning.state = EarningState.PENDING if held else EarningState.PAYABLE
    earning.save(update_fields=["taken_minor", "state"])
    return earning.state


def _award(row: Clawback, earning: Earning, amount: int) -> Posting:
    """What was recovered, payable at once."""
    label = f"Given back: {earning.label}"[:200]
    Earning.objects.create(
        annotator=earning.annotator,
        kind=EarningKind.GOODWILL,
        source=f"award:{row.pk}",
        pot=PLATFORM,
        label=label,
        currency=row.currency,
        amount_minor=amount,
        lines=[{"kind": "award", "amount_minor": amount, "text": label}],
        state=EarningState.PAYABLE,
        hold_until=clock.now(),
        hold_reason="",
    )
    legs: list[Leg] = [
        ("platform_cost", PLATFORM, -amount),
        ("annotator_payable", owner("annotator", row.annotator_id), amount),
    ]
    return Posting(f"award:{row.pk}", "award", legs, row.currency)
