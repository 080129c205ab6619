"""The tables of people, clients and what is known about experts."""

from accounts.models.adverse import AdverseAct
from accounts.models.annotator import AnnotatorProfile
from accounts.models.api_key import ApiKey
from accounts.models.credential import Credential
from accounts.models.domain import Domain
from accounts.models.exam import Exam
from accounts.models.invitation import Invitation
from accounts.models.nda import Nda, NdaSignature
from accounts.models.notice import Notice
from accounts.models.organization import Membership, Organization
from accounts.models.qualification import Qualification, QualificationGrant
from accounts.models.roster import RosterImport
from accounts.models.team import Team, TeamMember
from accounts.models.user import User
from accounts.models.wall import ListEntry, Pause, Wall

__all__ = [
    "AdverseAct",
    "AnnotatorProfile",
    "ApiKey",
    "Credential",
    "Domain",
    "Exam",
    "Invitation",
    "ListEntry",
    "Membership",
    "Nda",
    "NdaSignature",
    "Notice",
    "Organization",
    "Pause",
    "Qualification",
    "QualificationGrant",
    "RosterImport",
    "Team",
    "TeamMember",
    "User",
    "Wall",
]
