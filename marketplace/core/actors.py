"""Who acts: a frozen value that every action takes as `by` and every audit entry keeps."""

import enum
import uuid
from dataclasses import dataclass


class ActorKind(enum.StrEnum):
    """The kinds of actor; a job acts for nobody, Stripe acts through its webhooks."""

    USER = "user"
    STAFF = "staff"
    API_KEY = "api_key"
    JOB = "job"
    STRIPE = "stripe"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind` and `id` say who; `organization` is the client on whose behalf, if any.

    `id` is a user's, key's or event's id, or a job's name. Kernel rows keep `key`, never a foreign
    key upward.
    """

    kind: ActorKind
    id: str
    organization: uuid.UUID | None = None

    @property
    def key(self) -> str:
        """`kind:id`, as stored in audit entries and files."""
        return f"{self.kind}:{self.id}"

    @property
    def tenant(self) -> uuid.UUID:
        """The organization for tenant filters; the nil UUID, which is nobody's, where there is
        none.
        """
        return self.organization or uuid.UUID(int=0)


def job(name: str) -> Actor:
    """The actor of a background job."""
    return Actor(ActorKind.JOB, name)


def command(name: str) -> Actor:
    """The actor of a management command run by an operator on the machine."""
    return Actor(ActorKind.COMMAND, name)
