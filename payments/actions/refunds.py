"""A client takes prepaid money back: to the payments that it came from, newest first.

Never more than is free: what projects hold is taken back from them first, and what is promised to
work stays. The newest payment comes first, since cards expire and banks refuse refunds of old ones.
What one person may send back is counted over ALONE_DAYS, so that a large sum cannot go in small
ones.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from accounts.actions import notices
from accounts.models import ApiKey, Organization
from accounts.selectors import permissions
from accounts.states import Permission, Role
from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import lock, move
from payments.actions import topups
from payments.actions.ledger import Posting, post
from payments.chart import PLATFORM
from payments.chart import pot as owner
from payments.currencies import CURRENCIES, major
from payments.models import Deposit, Dispute, LedgerAccount, Refund, RefundPart
from payments.selectors import arrived, freezes
from payments.states import (
    REFUND_MOVES,
    DepositState,
    DisputeState,
    RefundPartState,
    RefundState,
)

PAGE = "/client/money/"
ALONE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Source:
    """A payment that brought money, and how much of it was not sent back yet."""

    deposit: Deposit
    payment_intent: str
    left_minor: int


@transaction.atomic
def request(
    *, organization_id: uuid.UUID, currency: str, amount_minor: int, by: Actor, reason: str = ""
) -> Refund:
    """Ask prepaid money back; up to a limit it is sent at once, above it a second person decides.

    The limit is about what went back in ALONE_DAYS without a second person, this one included.

    Refuses (422) amounts that are not positive and unknown currencies, `client_frozen` while a
    dispute freezes the client, `funds_short` above what is free, and `not_refundable` above what
    the payments can still give back.
    """
    permissions.require(by, organization_id, Permission.MONEY)
    _check(currency, amount_minor)
    in_turn(organization_id)
    _enough(organization_id, currency, amount_minor)
    alone = sent_alone(organization_id, currency) + amount_minor
    row = Refund.objects.create(
        organization_id=organization_id,
        currency=currency,
        amount_minor=amount_minor,
        reason=reason.strip()[:300],
        asked_by=by.key,
    )
    audit.record("requested_refund", row, by=by, amount_minor=amount_minor, currency=currency)
    if alone > settings.REFUND_APPROVAL_MINOR:
        _ask_second(row)
    else:
        _begin(row, by=by)
    return row


@transaction.atomic
def approve(*, refund_id: uuid.UUID, by: Actor, reason: str = "") -> Refund:
    """A second person lets a large refund go.

    Another owner or staff; refuses (403) who asked for it, also by a key that they made, and API
    keys, and what `request` refuses.
    """
    row = _to_decide(refund_id, by)
    _enough(row.organization_id, row.currency, row.amount_minor)
    row.decided_by = by.key
    audit.record("approved_refund", row, by=by, reason=reason, amount_minor=row.amount_minor)
    _begin(row, by=by)
    return row


@transaction.atomic
def decline(*, refund_id: uuid.UUID, by: Actor, reason: str = "") -> Refund:
    """The money stays prepaid: said by a second person, or by whoever asked."""
    row = _to_decide(refund_id, by, own=True)
    decided = "" if by.key == row.asked_by else by.key
    move(row, RefundState.DECLINED, REFUND_MOVES, decided_by=decided, ended_at=Now())
    row.refresh_from_db()
    audit.record("declined_refund", row, by=by, reason=reason)
    return row


def _check(currency: str, amount_minor: int) -> None:
    if currency not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        fault = Fault("/currency", f"The currencies are {known}.")
        raise invalid("This currency is not taken.", [fault])
    if amount_minor <= 0:
        fault = Fault("/amount_minor", f"It is {major(1, currency)} at least.")
        raise invalid("This amount cannot be refunded.", [fault])


def in_turn(organization_id: uuid.UUID) -> None:
    """One refund of an organization after the other: of two at once one is the first."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


def sent_alone(organization_id: uuid.UUID, currency: str) -> int:
    """What went back lately without a second person; what Stripe refused does not count."""
    rows = Refund.objects.filter(
        organization_id=organization_id,
        currency=currency,
        state__in=[RefundState.SENDING, RefundState.SENT],
        decided_by="",
        created_at__gt=clock.now() - dt.timedelta(days=ALONE_DAYS),
    )
    sent = rows.aggregate(minor=Sum(F("amount_minor") - F("failed_minor")))["minor"]
    return int(sent or 0)


def _enough(organization_id: uuid.UUID, currency: str, amount_minor: int) -> None:
    """Refuse while the client is frozen, or money that it has back from its bank would go twice;
    and, in words, what the ledger would refuse anyway.
    """
    if freezes.is_frozen(organization_id):
        raise Refused(
            "client_frozen",
            "Your bank disputes a payment: nothing is sent back until that is settled.",
        )
    free = free_minor(organization_id, currency)
    if amount_minor > free:
        raise Refused(
            "funds_short",
            f"{major(free, currency)} is free. Take money back from projects first: what is "
            "promised to work stays.",
            data={"free_minor": free},
        )


def free_minor(organization_id: uuid.UUID, currency: str) -> int:
    """Prepaid money that no project holds."""
    pot = LedgerAccount.objects.filter(
        kind="client_prepaid", owner_key=owner("org", organization_id), currency=currency
    )
    return pot.values_list("balance", flat=True).first() or 0


def _to_decide(refund_id: uuid.UUID, by: Actor, *, own: bool = False) -> Refund:
    """The refund, locked, if this actor may decide about it."""
    row = Refund.objects.visible_to(by).filter(pk=refund_id).first()
    if row is None:
        raise NotFound("refund")
    if by.kind is ActorKind.API_KEY:
        raise Refused("not_permitted", "A person decides about a large refund.", status=403)
    if by.kind is not ActorKind.STAFF:
        permissions.require(by, row.organization_id, Permission.MONEY)
    if by.id == _asker(row) and not own:
        raise Refused("not_permitted", "Another owner or our staff must approve this.", status=403)
    row = lock(row)
    if row.state != RefundState.REQUESTED:
        raise Refused("wrong_state", "This refund was decided already.")
    return row


def _asker(row: Refund) -> str:
    """The person who asked for it; of a key's refund whoever made the key."""
    kind, _, asker = row.asked_by.partition(":")
    if kind == ActorKind.API_KEY:
        made_by = ApiKey.objects.filter(pk=asker).values_list("created_by_id", flat=True)
        return str(made_by.first())
    return asker


def _ask_second(row: Refund) -> None:
    """Tell the other owners that a refund waits for one of them."""
    asker = _asker(row)
    people = row.organization.memberships.filter(role=Role.OWNER).values_list("user_id", flat=True)
    amount = major(row.amount_minor, row.currency)
    text = f"A refund of {amount} was asked for. A second owner or our staff must approve it."
    others = [person for person in people if str(person) != asker]
    tellings = [notices.Telling(person, text, PAGE) for person in others]
    notices.notify_many(kind="refund", tellings=tellings)


def _begin(row: Refund, *, by: Actor) -> None:
    """The money leaves the prepaid pot, divided among payments; jobs send each part."""
    parts = _divide(row)
    RefundPart.objects.bulk_create(parts)
    move(row, RefundState.SENDING, REFUND_MOVES, decided_by=row.decided_by)
    for part in parts:
        outbox.enqueue("payments.send_refund", part_id=str(part.pk))
    left = free_minor(row.organization_id, row.currency) - row.amount_minor
    topups.refunded(row.organization_id, row.currency, left, by=by)
    pot = owner("org", row.organization_id)
    legs = [
        ("client_prepaid", pot, -row.amount_minor),
        ("clearing_refund", PLATFORM, row.amount_minor),
    ]
    data = {"refund": str(row.pk)}
    post([Posting(f"refund:{row.pk}:start", "refund", legs, row.currency, data)], by=by)


def _divide(row: Refund) -> list[RefundPart]:
    """Parts from the newest payments on; refuses `not_refundable` when they do not reach."""
    left, parts = row.amount_minor, []
    for source in refundable(row.organization_id, row.currency):
        amount = min(left, source.left_minor)
        if amount > 0:
            parts.append(
                RefundPart(
                    refund=row,
                    deposit=source.deposit,
                    payment_intent=source.payment_intent,
                    currency=row.currency,
                    amount_minor=amount,
                )
            )
            left -= amount
    if left > 0:
        possible = row.amount_minor - left
        raise Refused(
            "not_refundable",
            f"Only {major(possible, row.currency)} can go back to the payments it came from. "
            "For the rest, write to us.",
            data={"refundable_minor": possible},
        )
    return parts


def refundable(organization_id: uuid.UUID, currency: str) -> list[Source]:
    """The payments of the organization's paid deposits, newest first; without those that a bank has
    asked for, or got back (a dispute): Stripe refunds nothing of them. Those of which a refund was
    refused come last, or they would stand in the way of all others.

    The deposits stay locked until the transaction ends, so that two refunds cannot share one.
    """
    rows = (
        Deposit.objects.select_for_update(no_key=True)
        .filter(organization_id=organization_id, currency=currency, state=DepositState.PAID)
        .order_by("-paid_at", "-id")
    )
    deposits = list(rows)
    came = arrived.by_deposit(organization_id, currency)
    given = dict(
        RefundPart.objects.filter(deposit__in=deposits)
        .filter(~Q(state=RefundPartState.FAILED))
        .values_list("payment_intent")
        .annotate(minor=Coalesce(Sum("amount_minor"), 0))
    )
    disputed = set(
        Dispute.objects.filter(
            organization_id=organization_id, state__in=[DisputeState.OPEN, DisputeState.LOST]
        ).values_list("payment_intent", flat=True)
    )
    found = [
        Source(row, intent, minor - given.get(intent, 0))
        for row in deposits
        for intent, minor in came.get(row.pk, ())
        if intent not in disputed
    ]
    refused = set(
        RefundPart.objects.filter(deposit__in=deposits, state=RefundPartState.FAILED).values_list(
            "payment_intent", flat=True
        )
    )
    return sorted(found, key=lambda source: source.payment_intent in refused)
