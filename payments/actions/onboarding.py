"""An annotator's account at Stripe: opened once, set up on Stripe's pages, read again and again."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actions.notices import notify
from accounts.models import AnnotatorProfile
from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import NotFound, Refused
from marketplace.core.states import lock
from payments.actions import details
from payments.currencies import rail_for
from payments.models import ConnectedAccount
from payments.selectors.rails import ACTIVE, CLOSED
from payments.stripe import accounts
from payments.stripe.gateway import Account, StripeFault

RECHECK = dt.timedelta(hours=1)
READY = "Your payout set-up is complete: what you earn can be paid to you."
LOST = "Stripe cannot send you money at the moment. Open your payout set-up to see what is missing."

GONE = (
    "Your account at Stripe is closed to us: nothing can be sent to it any more. Write to support, "
    "who let you open a new one."
)

log = structlog.get_logger(__name__)


def start(*, annotator_id: uuid.UUID, return_url: str, refresh_url: str, by: Actor) -> str:
    """The address of Stripe's set-up page, good for a few minutes; remote, not in a transaction.

    Opens the account first where there is none; one that is ready leads to its dashboard at Stripe,
    where details are changed. Refuses `no_rail` for a country that cannot be paid,
    `account_closed`, and `stripe_unavailable` when Stripe does not answer: then try again.
    """
    annotator = AnnotatorProfile.objects.select_related("user").filter(pk=annotator_id).first()
    if annotator is None:
        raise NotFound("annotator")
    if rail_for(annotator.country) is None:
        raise Refused("no_rail", "Payouts to this country are not possible yet.")
    row = ConnectedAccount.objects.filter(annotator=annotator).first()
    if row is not None and row.transfers == CLOSED:
        raise Refused("account_closed", _("Your account at Stripe is closed. Write to support."))
    with _person_waits():
        account_id = _account_of(annotator, by=by)
        if row is not None and row.transfers == ACTIVE and not row.requirements:
            return accounts.dashboard_link(account_id)
        return accounts.onboarding_link(account_id, return_url=return_url, refresh_url=refresh_url)


@contextmanager
def _person_waits() -> Iterator[None]:
    """A fault of Stripe's, in a sentence for the person who waits for the page."""
    try:
        yield
    except StripeFault as fault:
        log.warning("onboarding_failed", error=str(fault))
        raise Refused(
            "stripe_unavailable", "Stripe could not be reached. Try again in a minute.", status=503
        ) from fault


def _account_of(annotator: AnnotatorProfile, *, by: Actor) -> str:
    """The annotator's account; the key makes it one, however often and however at once we ask."""
    known = ConnectedAccount.objects.filter(annotator=annotator).first()
    if known is not None and known.stripe_account:
        return known.stripe_account
    made = accounts.create_account(
        annotator_id=annotator.pk,
        email=annotator.user.email,
        name=annotator.user.name or annotator.user.email,
        country=annotator.country,
        renewals=known.renewals if known else 0,
    )
    with transaction.atomic():
        audit.context("opened_account", by=by)
        row, new = ConnectedAccount.objects.get_or_create(annotator=annotator)
        if new or not row.stripe_account:
            row.stripe_account = made.id
            row.save(update_fields=["stripe_account"])
            audit.record("opened_account", row, by=by, stripe_account=made.id)
    return made.id


def come_back(*, annotator_id: uuid.UUID, by: Actor) -> None:
    """The annotator is back from Stripe's pages: read the account, whatever the address says.

    Refuses `stripe_unavailable` when Stripe does not answer.
    """
    row = ConnectedAccount.objects.filter(annotator=annotator_id).first()
    if row is not None and row.stripe_account:
        with _person_waits():
            refresh(row.stripe_account, by=by)


def refresh(account_id: str, *, by: Actor) -> None:
    """Read an account at Stripe and keep what it says; remote, safe to repeat.

    Of one that is ready the bank accounts are looked at too, should the event of their change be
    lost. An account that is not ours, or not any more, is left alone.
    """
    if not ConnectedAccount.objects.filter(stripe_account=account_id).exists():
        log.warning("account_unknown", account=account_id)
        return
    found = accounts.read_account(account_id)
    keep(found, by=by)
    if found.transfers == ACTIVE and not found.closed:
        details.note(account_id, by=by)


def left(account_id: str, *, by: Actor) -> None:
    """The annotator took our access to their account away: to us it is closed, for good."""
    keep(Account(account_id, CLOSED, (), closed=True), by=by)


@transaction.atomic
def keep(found: Account, *, by: Actor) -> None:
    """Write the capability; tell upper rooms and the annotator when it was gained or lost.

    A closed account and any status but `active` cannot be paid.
    """
    row = ConnectedAccount.objects.filter(stripe_account=found.id).first()
    if row is None:
        return
    audit.context("read_account", by=by)
    row = lock(row)
    was, row.transfers = row.transfers, CLOSED if found.closed else found.transfers
    row.requirements, row.requirements_due_at = list(found.requirements), found.due
    row.checked_at = clock.now()
    row.save(update_fields=["transfers", "requirements", "requirements_due_at", "checked_at"])
    if (was == ACTIVE) is not (row.transfers == ACTIVE):
        audit.record("rail_changed", row, by=by, was=was, now=row.transfers)
        outbox.emit("payments.rail_changed", annotator_id=str(row.pk))
        notify(
            user_id=row.annotator.user_id,
            kind="payout_setup",
            text=_told(row.transfers),
            link="/payouts/setup/",
        )


def _told(transfers: str) -> str:
    if transfers == ACTIVE:
        return READY
    return GONE if transfers == CLOSED else LOST


def recheck(*, by: Actor, limit: int = 20) -> int:
    """Read again accounts that were not ready an hour ago, should an event be lost; remote.

    Ready ones are read before each payout, and here only while their bank is not noted. Returns how
    many were read.
    """
    stale = Q(checked_at__isnull=True) | Q(checked_at__lte=clock.after(-RECHECK))
    rows = ConnectedAccount.objects.filter(
        stale, stripe_account__isnull=False, created_at__lte=clock.after(-RECHECK)
    ).exclude(transfers=CLOSED)
    rows = rows.exclude(~Q(details_print=""), transfers=ACTIVE)
    ids = list(rows.order_by("checked_at").values_list("stripe_account", flat=True)[:limit])
    for account_id in filter(None, ids):
        try:
            refresh(account_id, by=by)
        except StripeFault as fault:
            log.warning("account_not_read", account=account_id, error=str(fault))
    return len(ids)
