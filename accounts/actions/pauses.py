"""Pauses: an annotator gets no new work for a while, somewhere or anywhere. Open claims go on."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import adverse, guards
from accounts.models import Organization, Pause
from accounts.selectors import domains as taxonomy
from accounts.selectors import pauses as reads
from accounts.states import AdverseKind, PolicyRule
from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid

SWEPT_AT_ONCE = 200
_PAGE = "/qualifications/"


def pause(
    *,
    annotator_id: uuid.UUID,
    reason: str,
    by: Actor,
    domain: str = "",
    organization_id: uuid.UUID | None = None,
    project_id: uuid.UUID | None = None,
    until: dt.datetime | None = None,
    rule: str = PolicyRule.PAUSE,
    evidence: Sequence[str] = (),
) -> Pause:
    """No new work in a domain (and below it), of a client, of a project, or, if none is named, any.

    Until `until`, or until lifted. The act is written down: by which `rule` of the policy, on what
    `evidence` (`kind:id`). Refuses more than one scope, an end that is past, an unknown
    domain or client; that the project exists is for its door to say, since projects live above.
    """
    reason = guards.reason_of(reason)
    if sum(map(bool, (domain, organization_id, project_id))) > 1:
        fault = Fault("/domain", "Name a domain, a client or a project, or none of them.")
        raise invalid("A pause has one scope.", [fault])
    if domain and taxonomy.unknown([domain]):
        raise invalid("Unknown domain.", [Fault("/domain", f"No such domain: {domain}.")])
    if organization_id and not Organization.objects.filter(pk=organization_id).exists():
        raise NotFound("organization")
    if until is not None and until <= clock.now():
        raise invalid("The pause would be over.", [Fault("/until", "This is past.")])
    with transaction.atomic():
        annotator = guards.annotator_for(annotator_id, by)
        row = Pause(
            annotator=annotator,
            domain_id=domain or None,
            organization_id=organization_id,
            project_id=project_id,
            reason=reason,
            made_by=by.key,
            until=until,
        )
        act = adverse.record(
            annotator=annotator,
            kind=AdverseKind.PAUSE,
            subject=f"pause:{row.pk}",
            rule=rule,
            text=reason,
            evidence=evidence,
            by=by,
        )
        row.save(force_insert=True)
        audit.record("pause_annotator", row, by=by, reason=reason, annotator=str(annotator.pk))
        text = _("You get no new work %(where)s for a while.") % {"where": where(row)}
        guards.tell(annotator, "pause_annotator", text, reason=reason, link=adverse.page_of(act))
    return row


def lift(*, pause_id: uuid.UUID, reason: str, by: Actor) -> Pause:
    """End a pause before its time, with a reason that the annotator reads."""
    guards.staff_only(by)
    reason = guards.reason_of(reason)
    found = Pause.objects.filter(pk=pause_id).values_list("annotator_id").first()
    if found is None:
        raise NotFound("pause")
    with transaction.atomic():
        annotator = guards.annotator_for(found[0], by)
        row = Pause.objects.select_for_update(no_key=True).get(pk=pause_id)
        if row.lifted_at is not None:
            raise Refused("already_lifted", "This pause has ended already.")
        row.lifted_at = clock.now()
        row.save(update_fields=["lifted_at"])
        audit.record("lift_pause", row, by=by, reason=reason, annotator=str(annotator.pk))
        text = _("You can get new work %(where)s again.") % {"where": where(row)}
        guards.tell(annotator, "lift_pause", text, reason=reason, link=_PAGE)
    return row


def lift_past(*, by: Actor) -> int:
    """End the pauses past their `until`, up to SWEPT_AT_ONCE in one statement; returns how many."""
    with transaction.atomic():
        rows = reads.over().select_for_update(of=("self",), skip_locked=True, no_key=True)
        found = list(rows.select_related("annotator", "domain").order_by("until")[:SWEPT_AT_ONCE])
        Pause.objects.filter(pk__in=[row.pk for row in found]).update(lifted_at=clock.Now())
        for row in found:
            audit.record("lift_pause", row, by=by, annotator=str(row.annotator_id))
            text = _("You can get new work %(where)s again.") % {"where": where(row)}
            guards.tell(row.annotator, "lift_pause", text, link=_PAGE)
    return len(found)


def where(row: Pause) -> str:
    """Where a pause holds, in words for the annotator: no client and no project is named."""
    if row.domain is not None:
        return _("in %(domain)s") % {"domain": row.domain.name}
    if row.organization_id is not None:
        return _("of one client")
    if row.project_id is not None:
        return _("of one project")
    return _("of any kind")
