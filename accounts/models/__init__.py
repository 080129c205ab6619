"""The tables of people, clients and what is known about experts."""

from accounts.models.annotator import AnnotatorProfile
from accounts.models.api_key import ApiKey
from accounts.models.credential import Credential
from accounts.models.domain import Domain
from accounts.models.invitation import Invitation
from accounts.models.notice import Notice
from accounts.models.organization import Membership, Organization
from accounts.models.roster import RosterImport
from accounts.models.user import User

__all__ = [
    "AnnotatorProfile",
    "ApiKey",
    "Credential",
    "Domain",
    "Invitation",
    "Membership",
    "Notice",
    "Organization",
    "RosterImport",
    "User",
]
