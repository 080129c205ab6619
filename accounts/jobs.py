"""The background jobs and sweeps of `accounts`."""

from uuid import UUID

from accounts.actions import credentials, invitations, notices, pauses, qualifications
from marketplace.core.actors import job as acting
from marketplace.core.registry import job, sweep


@job("accounts.mail_notice", queue="slow", remote=True)
def mail_notice(notice_id: str) -> None:
    """Send a notice's mail, unless it was sent or is gone."""
    notices.mail(notice_id=UUID(notice_id))


@job("accounts.mail_invitation", queue="slow", remote=True)
def mail_invitation(invitation_id: str) -> None:
    """Send an invitation's mail, unless it was sent or is answered."""
    invitations.mail(invitation_id=UUID(invitation_id))


@sweep("accounts.expire_credentials", every=60)
def expire_credentials() -> None:
    """End credentials whose last day (UTC) is over."""
    credentials.expire_past(by=acting("accounts.expire_credentials"))


@sweep("accounts.end_qualifications", every=60)
def end_qualifications() -> None:
    """End granted qualifications whose last day (UTC) is over."""
    qualifications.end_past(by=acting("accounts.end_qualifications"))


@sweep("accounts.lift_pauses", every=30)
def lift_pauses() -> None:
    """End the pauses whose time is over."""
    pauses.lift_past(by=acting("accounts.lift_pauses"))
