"""The background jobs and sweeps of `accounts`."""

from uuid import UUID

from accounts.actions import credentials, invitations, notices
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
