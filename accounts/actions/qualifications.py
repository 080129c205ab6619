"""Qualifications: what the platform grants an annotator, until its last day or until revoked."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions import adverse, guards
from accounts.models import Organization, Qualification, QualificationGrant
from accounts.models.qualification import EXAM_CURRENCIES, MOST_EXAM_PAY
from accounts.selectors import domains as taxonomy
from accounts.selectors import qualifications as reads
from accounts.selectors.reviewers import HIGHEST
from accounts.states import AdverseKind, PolicyRule
from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid

SWEPT_AT_ONCE = 200
_NAME = 120
_DESCRIPTION = 4000
_PAGE = "/qualifications/"


def create(
    *,
    name: str,
    by: Actor,
    domain: str = "",
    organization_id: uuid.UUID | None = None,
    description: str = "",
    review_level: int = 0,
    exam_pay_minor: int = 0,
    exam_currency: str = "",
) -> Qualification:
    """A new kind of qualification, a client's own if one is named.

    With a `review_level` (1 to 3) its holders are reviewers, seniors or adjudicators in its domain:
    only administrators make one, and it is nobody's own. Refuses a name that is taken (for the same
    client), an unknown domain or client, and an exam's pay without a currency that we pay out.
    """
    guards.staff_only(by)
    _check_exam(exam_pay_minor, exam_currency)
    if review_level:
        guards.administrators_only(by)
        _check_level(review_level, domain, organization_id)
    name = guards.text_of(name, "name", _NAME)
    if len(description) > _DESCRIPTION:
        fault = Fault("/description", f"At most {_DESCRIPTION} characters.")
        raise invalid("The description is too long.", [fault])
    if domain and taxonomy.unknown([domain]):
        raise invalid("Unknown domain.", [Fault("/domain", f"No such domain: {domain}.")])
    if organization_id and not Organization.objects.filter(pk=organization_id).exists():
        raise NotFound("organization")
    with transaction.atomic():
        row = Qualification(
            name=name,
            domain_id=domain or None,
            organization_id=organization_id,
            description=description.strip(),
            review_level=review_level,
            exam_pay_minor=exam_pay_minor,
            exam_currency=exam_currency,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            fault = Fault("/name", "There is a qualification of this name.")
            raise invalid("The name is taken.", [fault]) from None
        audit.record("create_qualification", row, by=by, name=name, domain=domain)
    return row


def _check_exam(pay: int, currency: str) -> None:
    if not 0 <= pay <= MOST_EXAM_PAY:
        raise invalid("No such pay.", [Fault("/exam_pay_minor", f"0 to {MOST_EXAM_PAY}.")])
    if (pay > 0) != (currency in EXAM_CURRENCIES):
        known = ", ".join(EXAM_CURRENCIES)
        text = f"Name it exactly where the exam is paid: {known}."
        raise invalid("No such currency.", [Fault("/exam_currency", text)])


def _check_level(level: int, domain: str, organization_id: uuid.UUID | None) -> None:
    faults = []
    if level not in range(HIGHEST + 1):
        faults.append(Fault("/review_level", f"0 to {HIGHEST}."))
    if not domain:
        faults.append(Fault("/domain", "Reviewers are reviewers in a domain."))
    if organization_id:
        faults.append(Fault("/organization", "No client's own qualification makes reviewers."))
    if faults:
        raise invalid("This makes no reviewers.", faults)


def grant(
    *,
    qualification_id: uuid.UUID,
    annotator_id: uuid.UUID,
    by: Actor,
    expires_on: dt.date | None = None,
    reason: str = "",
) -> QualificationGrant:
    """Give an annotator a qualification until `expires_on` (UTC, that day included), or for good.

    Refuses `already_granted` while a grant counts; one that is past gives way.
    """
    reason = guards.reason_of(reason, required=False)
    with transaction.atomic():
        annotator = guards.annotator_for(annotator_id, by)
        row = Qualification.objects.filter(pk=qualification_id).first()
        if row is None:
            raise NotFound("qualification")
        today = clock.now().date()
        if expires_on is not None and expires_on < today:
            raise invalid(
                "It would never count.", [Fault("/expires_on", f"Today is {today} (UTC).")]
            )
        held = annotator.grants.filter(qualification=row, revoked_at__isnull=True).first()
        if held is not None and (held.expires_on is None or held.expires_on >= today):
            raise Refused(
                "already_granted", "The annotator has this qualification: revoke it first."
            )
        if held is not None:
            _end(held, _("Its last day was over."), by)
        made = QualificationGrant.objects.create(
            qualification=row,
            annotator=annotator,
            expires_on=expires_on,
            reason=reason,
            granted_by=by.key,
        )
        last = str(expires_on) if expires_on else None
        audit.record(
            "grant_qualification", made, by=by, reason=reason, name=row.name, expires_on=last
        )
        text = _("You were granted the qualification “%(name)s”.") % {"name": row.name}
        guards.tell(annotator, "grant_qualification", text, reason=reason, link=_PAGE)
    return made


def revoke(
    *, grant_id: uuid.UUID, reason: str, by: Actor, evidence: Sequence[str] = ()
) -> QualificationGrant:
    """Take a qualification back, with a reason that the annotator reads, and the `evidence`
    (`kind:id` or addresses) if there is any. Refuses one that ended."""
    guards.staff_only(by)
    reason = guards.reason_of(reason)
    found = QualificationGrant.objects.filter(pk=grant_id).values_list("annotator_id").first()
    if found is None:
        raise NotFound("grant")
    with transaction.atomic():
        annotator = guards.annotator_for(found[0], by)
        rows = QualificationGrant.objects.select_for_update(of=("self",), no_key=True)
        row = rows.select_related("qualification").get(pk=grant_id)
        if row.revoked_at is not None:
            raise Refused("already_ended", "This qualification has ended already.")
        act = adverse.record(
            annotator=annotator,
            kind=AdverseKind.QUALIFICATION_LOSS,
            subject=f"grant:{row.pk}",
            rule=PolicyRule.QUALIFICATION,
            text=reason,
            evidence=evidence,
            by=by,
        )
        _end(row, reason, by)
        audit.record("revoke_qualification", row, by=by, reason=reason, name=row.qualification.name)
        text = _("Your qualification “%(name)s” was revoked.") % {"name": row.qualification.name}
        page = adverse.page_of(act)
        guards.tell(annotator, "revoke_qualification", text, reason=reason, link=page)
    return row


def end_past(*, by: Actor) -> int:
    """End grants whose last day (UTC) is over, up to SWEPT_AT_ONCE; returns how many.

    Reads never count them in the meantime (`selectors.qualifications.valid`); this tells people.
    """
    with transaction.atomic():
        rows = reads.past().select_related("annotator", "qualification")
        locked = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
        found = list(locked.order_by("expires_on", "id")[:SWEPT_AT_ONCE])
        for row in found:
            _end(row, _("Its last day was over."), by)
            name = row.qualification.name
            audit.record("end_qualification", row, by=by, name=name)
            text = _("Your qualification “%(name)s” has ended: its last day is over.")
            guards.tell(row.annotator, "end_qualification", text % {"name": name}, link=_PAGE)
    return len(found)


def _end(row: QualificationGrant, why: str, by: Actor) -> None:
    row.revoked_by, row.revoked_at, row.revoked_why = by.key, clock.now(), why
    row.save(update_fields=["revoked_by", "revoked_at", "revoked_why"])
