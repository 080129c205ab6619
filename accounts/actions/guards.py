"""What verbs about annotators share: who may act, a reason, the annotator's row, the telling."""

import uuid
from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.actions import notices
from accounts.models import AnnotatorProfile, User
from marketplace.core import outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid

LONGEST_REASON = 1000
_OURS = (ActorKind.STAFF, ActorKind.COMMAND, ActorKind.JOB)


def staff_only(by: Actor) -> None:
    """Refuse everybody but staff, operators and our own jobs."""
    if by.kind not in _OURS:
        raise Refused("staff_only", "This is for staff only.", status=403)


def administrators_only(by: Actor) -> None:
    """Refuse everybody but a live superuser at the desk."""
    superusers = User.objects.filter(is_superuser=True, is_staff=True, is_active=True)
    if by.kind is not ActorKind.STAFF or not superusers.filter(pk=by.id).exists():
        raise Refused("superusers_only", "Only an administrator may do this.", status=403)


def reason_of(text: str, *, required: bool = True) -> str:
    """The reason without its edges; refuses none where one is required, and an overlong one."""
    text = text.strip()
    if required and not text:
        raise invalid("Say why.", [Fault("/reason", "A reason is required.")])
    if len(text) > LONGEST_REASON:
        fault = Fault("/reason", f"At most {LONGEST_REASON} characters.")
        raise invalid("The reason is too long.", [fault])
    return text


def text_of(value: str, field: str, longest: int) -> str:
    """A required text without its edges; refuses an empty or overlong one at `field`."""
    value = value.strip()
    if not 1 <= len(value) <= longest:
        raise invalid("A text is missing.", [Fault(f"/{field}", f"1 to {longest} characters.")])
    return value


def annotator_for(annotator_id: uuid.UUID, by: Actor) -> AnnotatorProfile:
    """The profile under its lock, for staff to decide about; nobody decides about themselves."""
    staff_only(by)
    rows = AnnotatorProfile.objects.select_for_update(no_key=True)
    row = rows.filter(pk=annotator_id).first()
    if row is None:
        raise NotFound("annotator")
    if by.kind is ActorKind.STAFF and str(row.user_id) == by.id:
        raise Refused("not_oneself", "Nobody decides about themselves.", status=403)
    return row


def tell(row: AnnotatorProfile, verb: str, text: str, *, reason: str = "", link: str = "") -> None:
    """Let matching follow what changed about an annotator, and tell them in one sentence."""
    outbox.emit("accounts.annotator_changed", annotator_id=str(row.pk))
    if reason:
        text = _("%(text)s Reason: %(reason)s") % {"text": text, "reason": reason}
    notices.notify(user_id=row.user_id, kind=verb, text=text, link=link)


def organizations_changed(ids: Iterable[uuid.UUID]) -> None:
    """Let matching follow what changed between clients and all annotators."""
    for organization_id in sorted(ids):
        outbox.emit("accounts.organization_changed", organization_id=str(organization_id))
