"""A client's own lists: whom it shuts out, and whom it lets into what is by invitation only."""

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import guards
from accounts.models import ListEntry, Organization
from accounts.states import ListKind
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid


def put(
    *, organization_id: uuid.UUID, annotator_id: uuid.UUID, kind: str, reason: str, by: Actor
) -> ListEntry:
    """Allow or deny an annotator for a client; an entry of the other kind gives way.

    The annotator reads the reason and not the client's name. Refuses an entry that is there.
    """
    reason = guards.reason_of(reason)
    if kind not in ListKind.values:
        raise invalid("Which list?", [Fault("/kind", f"One of {', '.join(ListKind.values)}.")])
    with transaction.atomic():
        annotator = guards.annotator_for(annotator_id, by)
        if not Organization.objects.filter(pk=organization_id).exists():
            raise NotFound("organization")
        row = annotator.list_entries.filter(organization_id=organization_id).first()
        if row is not None and row.kind == kind:
            raise Refused("already_listed", "The annotator is on this list already.")
        row = row or ListEntry(organization_id=organization_id, annotator=annotator)
        row.kind, row.reason = kind, reason
        row.save()
        audit.record(f"list_{kind}", row, by=by, reason=reason, annotator=str(annotator.pk))
        text = {
            ListKind.ALLOW: _("A client has chosen you for projects that are by invitation."),
            ListKind.DENY: _("A client will not offer you its projects."),
        }[ListKind(kind)]
        guards.tell(annotator, f"list_{kind}", text, reason=reason)
    return row


def remove(*, entry_id: uuid.UUID, reason: str, by: Actor) -> None:
    """Take an annotator off a client's list. Refuses an entry that is not there."""
    guards.staff_only(by)
    reason = guards.reason_of(reason)
    found = ListEntry.objects.filter(pk=entry_id).values_list("annotator_id").first()
    if found is None:
        raise NotFound("list entry")
    with transaction.atomic():
        annotator = guards.annotator_for(found[0], by)
        row = annotator.list_entries.filter(pk=entry_id).first()
        if row is None:
            raise NotFound("list entry")
        audit.record(
            "list_remove",
            row,
            by=by,
            reason=reason,
            kind=row.kind,
            annotator=str(annotator.pk),
            organization=str(row.organization_id),
        )
        text = {
            ListKind.ALLOW: _("A client's invitation to its projects has ended."),
            ListKind.DENY: _("A client that shut you out may offer you its projects again."),
        }[ListKind(row.kind)]
        row.delete()
        guards.tell(annotator, "list_remove", text, reason=reason)
