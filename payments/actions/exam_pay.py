"""The pay of an exam, by the platform, whatever its outcome."""

import uuid

from django.utils.translation import gettext as _

from accounts.models import Exam
from marketplace.core.actors import Actor
from payments.actions import awards
from payments.models import Earning
from payments.states import EarningKind


def pay(*, exam_id: uuid.UUID, by: Actor) -> Earning | None:
    """Pay a recorded exam, once; None where there is none, or nothing to pay."""
    exam = Exam.objects.select_related("qualification").filter(pk=exam_id, pay_minor__gt=0).first()
    if exam is None:
        return None
    return awards.award(
        award_id=exam.pk,
        annotator_id=exam.annotator_id,
        kind=EarningKind.EXAM,
        label=_("Exam: %(name)s") % {"name": exam.qualification.name},
        currency=exam.currency,
        amount_minor=exam.pay_minor,
        by=by,
    )
