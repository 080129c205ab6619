"""Exams for qualifications: recorded by staff, and paid whatever their outcome."""

import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import guards, qualifications
from accounts.models import AnnotatorProfile, Exam, Qualification
from accounts.selectors import qualifications as reads
from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, invalid

MOST_POINTS = 100
LONGEST_NOTE = 2000


@transaction.atomic
def record(
    *,
    qualification_id: uuid.UUID,
    annotator_id: uuid.UUID,
    passed: bool,
    by: Actor,
    score: int | None = None,
    note: str = "",
    exam_id: uuid.UUID | None = None,
    expires_on: dt.date | None = None,
) -> Exam:
    """An annotator has sat the exam of a qualification; its pay is promised, passed or not.

    A passed one grants the qualification until `expires_on`; a grant that counts already stays as
    it is. The same `exam_id` again is the same exam. Staff only, and not of themselves. Refuses
    (422) a score beyond 0 to 100, an overlong note, and a last day that is over.
    """
    annotator = guards.annotator_for(annotator_id, by)
    known = Exam.objects.filter(pk=exam_id).first() if exam_id else None
    if known is not None:
        return known
    qualification = Qualification.objects.filter(pk=qualification_id).first()
    if qualification is None:
        raise NotFound("qualification")
    faults = []
    if score is not None and not 0 <= score <= MOST_POINTS:
        faults.append(Fault("/score", f"0 to {MOST_POINTS}."))
    if len(note) > LONGEST_NOTE:
        faults.append(Fault("/note", f"At most {LONGEST_NOTE} characters."))
    if faults:
        raise invalid("The exam cannot be recorded like this.", faults)
    named = {"pk": exam_id} if exam_id else {}
    row = Exam.objects.create(
        **named,
        qualification=qualification,
        annotator=annotator,
        passed=passed,
        score=score,
        note=note.strip(),
        pay_minor=qualification.exam_pay_minor,
        currency=qualification.exam_currency,
        recorded_by=by.key,
    )
    audit.record("exam_recorded", row, by=by, passed=passed, pay_minor=row.pay_minor)
    if row.pay_minor:
        outbox.emit("accounts.exam_recorded", exam_id=str(row.pk))
    came = _("passed") if passed else _("not passed")
    text = _("Your exam for “%(name)s” was recorded: %(came)s.") % {
        "name": qualification.name,
        "came": came,
    }
    guards.tell(annotator, "exam_recorded", text, link="/qualifications/")
    if passed:
        _grant(qualification, annotator, expires_on, by)
    return row


def _grant(
    qualification: Qualification, annotator: AnnotatorProfile, until: dt.date | None, by: Actor
) -> None:
    # The annotator is locked: nobody grants or revokes meanwhile.
    if annotator.grants.filter(reads.valid(), qualification=qualification).exists():
        return
    qualifications.grant(
        qualification_id=qualification.pk, annotator_id=annotator.pk, expires_on=until, by=by
    )
