"""What the platform itself grants an expert: an exam passed, a skill shown."""

from typing import ClassVar

from django.db import models

from accounts.models.annotator import AnnotatorProfile
from accounts.models.domain import Domain
from accounts.models.organization import Organization
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id

# As payments/currencies.py has them: money lies above people.
EXAM_CURRENCIES = ("usd", "eur", "gbp", "cad", "chf", "jpy")
EXAM_ZERO_DECIMAL = ("jpy",)
MOST_EXAM_PAY = 10_000_000  # as of a price: more is a slip of the finger


class Qualification(models.Model):
    """A kind of qualification; `organization` is the client whose own it is, nobody for ours.

    `review_level` makes its holders reviewers (1), senior reviewers (2) or adjudicators (3) in its
    domain and below it; 0 for all others. Only ours can. Who sits its exam is paid
    `exam_pay_minor` by the platform, passed or not.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, null=True, blank=True)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="qualifications"
    )
    description = models.TextField(max_length=4000, blank=True)
    review_level = models.PositiveSmallIntegerField(default=0, db_default=0)
    exam_pay_minor = models.BigIntegerField(default=0, db_default=0)
    exam_currency = models.CharField(max_length=3, default="", db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(exam_pay_minor=0, exam_currency="")
                | models.Q(
                    exam_pay_minor__gt=0,
                    exam_pay_minor__lte=MOST_EXAM_PAY,
                    exam_currency__in=EXAM_CURRENCIES,
                ),
                name="accounts_qualification_exam_pay",
            ),
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="accounts_qualification_name",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(review_level=0)
                | models.Q(review_level__lte=3, organization__isnull=True, domain__isnull=False),
                name="accounts_qualification_review_level",
            ),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        """For people."""
        return self.name


class GrantQuerySet(models.QuerySet["QualificationGrant"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "GrantQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class QualificationGrant(models.Model):
    """That an annotator has a qualification, until `expires_on` (UTC, that day included) or until
    it is revoked. `granted_by` and `revoked_by` are actor keys; a revoked one says why.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    qualification = models.ForeignKey(
        Qualification, on_delete=models.PROTECT, related_name="grants"
    )
    annotator = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="grants")
    expires_on = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)
    granted_by = models.CharField(max_length=120)
    granted_at = models.DateTimeField(db_default=Now())
    revoked_by = models.CharField(max_length=120, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.TextField(blank=True)

    objects: ClassVar[models.Manager["QualificationGrant"]] = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = "qualification granted"
        verbose_name_plural = "qualifications granted"
        constraints = [
            models.UniqueConstraint(
                fields=["qualification", "annotator"],
                condition=models.Q(revoked_at__isnull=True),
                name="accounts_grant_once",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True) | ~models.Q(revoked_why=""),
                name="accounts_grant_revoked_why",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.qualification_id} of {self.annotator_id}"
