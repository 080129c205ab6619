"""Whether, and how, an annotator can be paid."""

from dataclasses import dataclass

from accounts.models import AnnotatorProfile
from payments.currencies import rail_for
from payments.models import ConnectedAccount

ACTIVE = "active"  # the one status of Stripe's that may be paid


@dataclass(frozen=True, slots=True)
class Rail:
    """`name` is None where the country has no rail; `payable` says that a payout can be sent now.

    `transfers` is the capability's status as last read (`none` before the set-up was begun);
    `requirements` are the things that Stripe still wants, in its words.
    """

    name: str | None
    payable: bool
    transfers: str
    requirements: tuple[str, ...] = ()


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
        requirements=tuple(account.requirements),
    )


def payable(annotator: AnnotatorProfile) -> bool:
    """Whether a payout could be sent to this annotator now."""
    return of(annotator).payable
