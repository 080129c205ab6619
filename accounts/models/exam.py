"""An exam that an annotator has sat for a qualification."""

from typing import ClassVar

from django.db import models

from accounts.models.annotator import AnnotatorProfile
from accounts.models.qualification import Qualification
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class ExamQuerySet(models.QuerySet["Exam"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "ExamQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class Exam(models.Model):
    """What came of it, from 0 to 100 points, and what is paid for it (minor units; 0: nothing),
    which is the qualification's pay of that moment. `recorded_by` is an actor key.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    qualification = models.ForeignKey(Qualification, on_delete=models.PROTECT, related_name="exams")
    annotator = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="exams")
    passed = models.BooleanField()
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.TextField(blank=True, max_length=2000)
    pay_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, blank=True)
    recorded_by = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["Exam"]] = ExamQuerySet.as_manager()

    class Meta:
        verbose_name = "exam taken"
        verbose_name_plural = "exams taken"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pay_minor=0)
                | (models.Q(pay_minor__gt=0) & ~models.Q(currency="")),
                name="accounts_exam_pay",
            ),
            models.CheckConstraint(
                condition=models.Q(score__isnull=True) | models.Q(score__lte=100),
                name="accounts_exam_score",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.qualification_id} by {self.annotator_id}"
