"""Whether, and how, an annotator can be paid."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import AnnotatorProfile
from marketplace.core import clock
from payments.currencies import rail_for
from payments.models import ConnectedAccount

ACTIVE = "active"  # the one status of Stripe's that may be paid
CLOSED = "closed"  # ours: the account is no more, or closed to us; another takes its place


@dataclass(frozen=True, slots=True)
class Rail:
    """`name` is None where the country has no rail; `payable` says that a payout can be sent now.

    `transfers` is the capability's status as last read (`none` before the set-up was begun);
    `requirements` are the things that Stripe still wants, the first of them until `due_at`. New
    payouts wait until `held_until` because the bank details changed at `changed_at`, or for a
    person where `stopped`. `renewed`: an account before this one was given up.
    """

    name: str | None
    payable: bool
    transfers: str
    requirements: tuple[str, ...] = ()
    due_at: dt.datetime | None = None
    changed_at: dt.datetime | None = None
    held_until: dt.datetime | None = None
    stopped: bool = False
    renewed: bool = False

    @property
    def waits(self) -> bool:
        """Whether new payouts are held although Stripe would take them."""
        return self.stopped or self.held_until is not None

    @property
    def begun(self) -> bool:
        """Whether details may have been given to Stripe already, in this account or one before."""
        return self.transfers != "none" or self.renewed

    @property
    def closed(self) -> bool:
        """Whether the account is no more."""
        return self.transfers == CLOSED


def withheld() -> Q:
    """Accounts whose new payouts wait: their details changed lately, or their owner said stop."""
    return Q(payouts_held_until__gt=clock.Now()) | Q(stopped_at__isnull=False)


def of(annotator: AnnotatorProfile) -> Rail:
    """The annotator's rail and how far its set-up is."""
    name = rail_for(annotator.country)
    account = ConnectedAccount.objects.filter(annotator=annotator).first()
    if account is None:
        return Rail(name, payable=False, transfers="none")
    return Rail(
        name,
        payable=name is not None and bool(account.stripe_account) and account.transfers == ACTIVE,
        transfers=account.transfers,
        requirements=tuple(in_words(need) for need in account.requirements),
        due_at=account.requirements_due_at,
        changed_at=account.details_changed_at,
        held_until=_future(account.payouts_held_until),
        stopped=account.stopped_at is not None,
        renewed=account.renewals > 0,
    )


def _future(moment: dt.datetime | None) -> dt.datetime | None:
    return moment if moment is not None and moment > clock.now() else None


def in_words(need: str) -> str:
    """What Stripe wants, for people; what is not known here stays in Stripe's words."""
    known = {
        "default_payment_method": _("A bank account to be paid on"),
        "external_account": _("A bank account to be paid on"),
        "identity.individual.name": _("Your name"),
        "identity.individual.date_of_birth": _("Your date of birth"),
        "identity.individual.address": _("Your address"),
        "identity.individual.email": _("Your e-mail address"),
        "identity.individual.phone": _("Your telephone number"),
        "identity.individual.id_numbers": _("Your tax or identity number"),
        "identity.individual.documents": _("A document that shows who you are"),
        "identity.attestations.terms_of_service": _("Your consent to Stripe's terms"),
    }
    for start, text in known.items():
        if need == start or need.startswith(f"{start}."):
            return text
    return need.replace("_", " ").replace(".", ": ")


def payable(annotator: AnnotatorProfile) -> bool:
    """Whether a payout could be sent to this annotator now."""
    return of(annotator).payable
