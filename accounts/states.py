"""Who may become what in `accounts`, as data."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CredentialState(models.TextChoices):
    """A claim about a licence, degree or post, from its claim to its end."""

    CLAIMED = "claimed"
    VERIFIED = "verified"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


CREDENTIAL_MOVES = {
    "claimed": frozenset({"verified", "refused", "withdrawn"}),
    "verified": frozenset({"expired", "withdrawn", "refused"}),
}


class AnnotatorState(models.TextChoices):
    """A suspended annotator keeps what was earned and may claim nothing."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


ANNOTATOR_MOVES = {
    "active": frozenset({"suspended"}),
    "suspended": frozenset({"active"}),
}


class AdverseKind(models.TextChoices):
    """What can be done against an annotator."""

    REJECTION = "rejection", _("An answer was rejected")
    PAUSE = "pause", _("No new work for a while")
    REMOVAL = "removal", _("Removed from the platform")
    PAY_WITHHELD = "pay_withheld", _("Pay is withheld")
    PAY_TAKEN = "pay_taken", _("Pay is taken back")
    TIER_LOSS = "tier_loss", _("A lower tier")
    QUALIFICATION_LOSS = "qualification_loss", _("A qualification was taken back")


class PolicyRule(models.TextChoices):
    """By which rule of the policy (docs/policy.md) an act is done.

    A rejection rests on `rejection.<category>`, a pause by the rules engine on `rule.<id>`.
    """

    PAUSE = "pause.staff", _("A pause by staff")
    REMOVAL = "removal.staff", _("A removal by staff")
    TIER = "tier.staff", _("A lower tier by staff")
    QUALIFICATION = "qualification.staff", _("A qualification taken back by staff")
    PAYOUT = "pay.payout_unclear", _("A payout that Stripe answers unclearly")
    HOLD = "pay.hold_longer", _("An earning held for longer by staff")
    CLAWBACK = "pay.taken_back", _("Pay taken back by staff, for a reason they give")
    EARLIER = "before.policy", _("An act from before this policy")


# Acts that rest on a person's judgement, given in their text: evidence is welcome, not demanded.
STAFF_RULES = ("pause.staff", "removal.staff", "tier.staff", "qualification.staff")
# What the code of a rule looks like: its family, then a name (docs/policy.md).
RULE_SHAPE = r"^(rejection|pause|rule|removal|tier|qualification|pay|before)\.[a-z0-9][a-z0-9_.-]*$"

# The version of the policy (docs/policy.md) that acts against annotators rest on.
POLICY_VERSION = 1


class InvitationState(models.TextChoices):
    """An invitation waits for its one answer."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"


INVITATION_MOVES = {"open": frozenset({"accepted", "declined", "cancelled"})}


class Role(models.TextChoices):
    """What a member may do in an organization."""

    OWNER = "owner"
    MANAGER = "manager"
    VIEWER = "viewer"


class ListKind(models.TextChoices):
    """What a client's own list says of an annotator."""

    ALLOW = "allow"
    DENY = "deny"


class CredentialKind(models.TextChoices):
    """What kind of proof a credential is."""

    LICENCE = "licence"
    DEGREE = "degree"
    POST = "post"
    CERTIFICATE = "certificate"


class Scope(models.TextChoices):
    """What an API key may do."""

    PROJECTS_READ = "projects:read"
    PROJECTS_WRITE = "projects:write"
    TASKS_WRITE = "tasks:write"
    RESULTS_READ = "results:read"
    MONEY_READ = "money:read"
    MONEY_WRITE = "money:write"


class Permission(models.TextChoices):
    """What can be done for an organization. Money is not part of managing projects."""

    READ = "read"
    PROJECTS = "projects"
    KEYS = "keys"
    MONEY = "money"
    MEMBERS = "members"


ROLE_PERMISSIONS = {
    "owner": frozenset(Permission.values),
    "manager": frozenset({"read", "projects", "keys"}),
    "viewer": frozenset({"read"}),
}

# What a scope lets a key do, and so what its issuer must be permitted themselves.
SCOPE_PERMISSIONS = {
    "projects:read": "read",
    "projects:write": "projects",
    "tasks:write": "projects",
    "results:read": "read",
    "money:read": "read",
    "money:write": "money",
}
