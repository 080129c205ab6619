"""Which credentials count now, and which wait for staff."""

from django.db.models import DateField, Func, Q, QuerySet

from accounts.models import Credential
from accounts.selectors.domains import within
from accounts.states import CredentialState


class Today(Func):
    """The present UTC date, by the database's clock."""

    template = "(core_now() AT TIME ZONE 'UTC')::date"
    output_field = DateField()


def valid() -> Q:
    """Verified and not past its last day (a UTC date, that day included)."""
    return Q(state=CredentialState.VERIFIED) & (
        Q(expires_on__isnull=True) | Q(expires_on__gte=Today())
    )


def in_domain(path: str) -> QuerySet[Credential]:
    """The credentials that count now in `path` or anywhere below it."""
    return Credential.objects.filter(valid(), within(path, "domain__path"))


def waiting() -> QuerySet[Credential]:
    """Claimed ones that staff have not decided, oldest first."""
    return Credential.objects.filter(state=CredentialState.CLAIMED).order_by("created_at", "id")


def waiting_count() -> int:
    """How many wait for staff."""
    return waiting().count()


def past() -> QuerySet[Credential]:
    """Verified ones whose last day is over: the sweep ends them."""
    return Credential.objects.filter(state=CredentialState.VERIFIED, expires_on__lt=Today())
