"""One run of a comparison of our books with another record, kept so that a proof has a date."""

from django.db import models

from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.states import ComparisonName


class Comparison(models.Model):
    """`checked` things were compared, `differences` of them did not agree.

    A run that did not come to its end (Stripe was away, the machine died) has no `ended_at`, or a
    `failure`; it proves nothing. `facts` are its figures for people.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=12, choices=ComparisonName)
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    checked = models.BigIntegerField(default=0)
    differences = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(name__in=ComparisonName.values), name="payments_comparison_name"
            ),
            models.CheckConstraint(
                condition=models.Q(checked__gte=0), name="payments_comparison_checked"
            ),
            models.CheckConstraint(
                condition=models.Q(failure="") | models.Q(ended_at__isnull=False),
                name="payments_comparison_ended",
            ),
        ]
        indexes = [models.Index(fields=["name", "-started_at"])]

    def __str__(self) -> str:
        """For people."""
        return f"{self.get_name_display()}, {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def proves(self) -> bool:
        """It came to its end, and everything agreed."""
        return self.ended_at is not None and not self.failure and not self.differences
