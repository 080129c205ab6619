"""Automatic top-ups: when a client's prepaid money runs low, its saved card is charged.

Prepaid money alone counts, not what projects hold: a project is given money by a person. Nothing is
charged while a dispute freezes the client, and a client that takes its money back is not charged
for it anew.
"""

import datetime as dt
import uuid

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.actions.notices import Telling, notify_many
from accounts.models import Membership
from accounts.selectors import permissions
from accounts.states import Permission, Role
from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, invalid
from marketplace.core.expressions import Now
from payments.actions import incoming, limits
from payments.actions.amounts import check_amount, check_currency
from payments.currencies import MAXIMUM_CHARGE_MINOR, major
from payments.models import Deposit, SavedCard, TopUpRule
from payments.selectors import balances, freezes
from payments.states import DepositMethod, DepositState

log = structlog.get_logger(__name__)

LOOK_AGAIN = dt.timedelta(minutes=5)
MOST_FAILURES = 3
MOST_MONTHLY = 1000  # charges of the largest kind
WAITS = (dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(days=1))
COUNTED = [DepositState.CREATED, DepositState.OPEN, DepositState.PAID]


@transaction.atomic
def set_rule(
    *,
    organization_id: uuid.UUID,
    currency: str,
    floor_minor: int,
    amount_minor: int,
    ceiling_minor: int,
    card_id: uuid.UUID,
    by: Actor,
) -> TopUpRule:
    """Set or change the rule of a currency, and switch it on.

    Refuses (422) what cannot be charged, a floor that is not positive, a ceiling below the amount,
    and a card that is not the organization's or was removed; and `limit_reached` with a ceiling
    above what this member or key may pay in in a month.
    """
    permissions.require(by, organization_id, Permission.MONEY)
    check_currency(currency)
    check_amount(amount_minor, currency)
    check_amount(floor_minor, currency, pointer="/floor_minor", least=1)
    most = MOST_MONTHLY * MAXIMUM_CHARGE_MINOR
    if not amount_minor <= ceiling_minor <= most:
        bounds = f"{major(amount_minor, currency)} (one top-up) to {major(most, currency)}"
        fault = Fault("/ceiling_minor", f"It is {bounds}.")
        raise invalid("This monthly ceiling cannot be kept.", [fault])
    limits.allow_top_up(
        organization_id=organization_id, currency=currency, ceiling_minor=ceiling_minor, by=by
    )
    card = SavedCard.objects.filter(
        pk=card_id, organization_id=organization_id, removed_at__isnull=True
    ).first()
    if card is None:
        raise invalid("This card cannot be charged.", [Fault("/card", "It is not saved here.")])
    terms = {
        "floor_minor": floor_minor,
        "amount_minor": amount_minor,
        "ceiling_minor": ceiling_minor,
    }
    row, _new = TopUpRule.objects.update_or_create(
        organization_id=organization_id,
        currency=currency,
        defaults={
            **terms,
            "card": card,
            "active": True,
            "failures": 0,
            "off_reason": "",
            "next_try_at": Now(),
            "changed_at": Now(),
        },
    )
    row.refresh_from_db()
    audit.record("set_top_up", row, by=by, currency=currency, card=str(card.pk), terms=terms)
    return row


@transaction.atomic
def switch_off(*, organization_id: uuid.UUID, currency: str, by: Actor) -> TopUpRule:
    """No more top-ups in this currency; one that is under way still ends. 404 without a rule."""
    permissions.require(by, organization_id, Permission.MONEY)
    row = _rule(organization_id, currency)
    if row is None:
        raise NotFound("automatic top-up")
    row.active, row.off_reason = False, "Switched off."
    row.save(update_fields=["active", "off_reason"])
    audit.record("switched_top_up_off", row, by=by, currency=currency)
    return row


def refunded(organization_id: uuid.UUID, currency: str, left_minor: int, *, by: Actor) -> None:
    """A refund leaves `left_minor` prepaid: where that is below the floor the rule is switched off,
    or the card would be charged for what was just sent back.
    """
    row = _rule(organization_id, currency)
    if row is not None and row.active and left_minor < row.floor_minor:
        row.active = False
        row.off_reason = "Switched off: prepaid money was asked back."
        row.save(update_fields=["active", "off_reason"])
        audit.record("switched_top_up_off", row, by=by, reason=row.off_reason)


def in_turn(organization_id: uuid.UUID, currency: str) -> None:
    """Lock the rule before the client's purse, as everywhere; `refunded` may follow."""
    _rule(organization_id, currency)


def _rule(organization_id: uuid.UUID, currency: str) -> TopUpRule | None:
    rows = TopUpRule.objects.select_for_update(no_key=True)
    return rows.filter(organization_id=organization_id, currency=currency).first()


def plan(*, by: Actor, limit: int = 100) -> int:
    """Begin the top-ups that are due; returns how many."""
    due = TopUpRule.objects.filter(active=True, next_try_at__lte=Now()).order_by("next_try_at")
    ids = list(due.values_list("organization_id", "currency")[:limit])
    return sum(_begin(organization_id, currency, by=by) for organization_id, currency in ids)


@transaction.atomic
def _begin(organization_id: uuid.UUID, currency: str, *, by: Actor) -> bool:
    """One top-up, if the money is low, none is under way, no dispute freezes the client, and the
    month's ceiling allows it."""
    rule = _rule(organization_id, currency)
    if rule is None or not rule.active:
        return False
    rule.next_try_at = clock.now() + LOOK_AGAIN
    rule.save(update_fields=["next_try_at"])
    prepaid = {row.currency: row.prepaid_minor for row in balances.client(organization_id)}
    if prepaid.get(currency, 0) >= rule.floor_minor or freezes.is_frozen(organization_id):
        return False
    if month_minor(rule) + rule.amount_minor > rule.ceiling_minor:
        return False
    try:
        with transaction.atomic():
            row = Deposit.objects.create(
                organization_id=organization_id,
                currency=currency,
                amount_minor=rule.amount_minor,
                method=DepositMethod.TOP_UP,
                card=rule.card.stripe_method,
                next_check_at=clock.after(incoming.RECHECK),
            )
    except IntegrityError:  # one is under way
        return False
    audit.record("began_top_up", row, by=by, amount_minor=row.amount_minor, currency=currency)
    outbox.enqueue("payments.charge_deposit", deposit_id=str(row.pk))
    return True


def month_minor(rule: TopUpRule) -> int:
    """What was topped up or is under way in this calendar month (UTC)."""
    began = clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = Deposit.objects.filter(
        organization_id=rule.organization_id,
        currency=rule.currency,
        method=DepositMethod.TOP_UP,
        state__in=COUNTED,
        created_at__gte=began,
    )
    total: int | None = rows.aggregate(total=Sum("amount_minor"))["total"]
    return total or 0


@transaction.atomic
def succeeded(deposit_id: uuid.UUID) -> None:
    """A top-up is paid: earlier failures do not count any more."""
    rule = _rule_of(deposit_id)
    if rule is not None and rule.failures:
        rule.failures = 0
        rule.save(update_fields=["failures"])


@transaction.atomic
def failed(deposit_id: uuid.UUID, reason: str, *, by: Actor) -> None:
    """A top-up was not paid: the owners are told; after three in a row it is switched off."""
    rule = _rule_of(deposit_id)
    if rule is None:
        return
    rule.failures += 1
    rule.next_try_at = clock.now() + WAITS[min(rule.failures, MOST_FAILURES) - 1]
    if rule.failures >= MOST_FAILURES and rule.active:
        rule.active = False
        rule.off_reason = f"Switched off after three failures in a row, the last: {reason}"[:300]
        audit.record("top_up_gave_up", rule, by=by, reason=rule.off_reason)
    rule.save(update_fields=["failures", "next_try_at", "active", "off_reason"])
    tell_owners(rule, reason)


def _rule_of(deposit_id: uuid.UUID) -> TopUpRule | None:
    row = Deposit.objects.get(pk=deposit_id)
    if row.method != DepositMethod.TOP_UP:
        return None
    return _rule(row.organization_id, row.currency)


def tell_owners(rule: TopUpRule, reason: str) -> None:
    """One notice to each owner, with what to do."""
    amount = major(rule.amount_minor, rule.currency)
    if rule.active:
        text = _("The automatic top-up of %(amount)s failed: %(reason)s We try again later.")
    else:
        text = _(
            "The automatic top-up of %(amount)s failed three times and is switched off: %(reason)s "
            "Save another card and switch it on again."
        )
    words = text % {"amount": amount, "reason": reason}
    owners = Membership.objects.filter(organization_id=rule.organization_id, role=Role.OWNER)
    tellings = [
        Telling(user_id, words, "/client/money/deposits/")
        for user_id in owners.values_list("user_id", flat=True)
    ]
    notify_many(kind="top_up_failed", tellings=tellings)
