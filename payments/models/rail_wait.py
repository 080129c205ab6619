"""Annotators whom we cannot pay yet, since their country has no rail."""

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.expressions import Now


class RailWait(models.Model):
    """One row while the annotator waits in `country`; it goes once they were told."""

    annotator = models.OneToOneField(
        AnnotatorProfile, on_delete=models.PROTECT, primary_key=True, related_name="rail_wait"
    )
    country = models.CharField(max_length=2)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "annotator we cannot pay yet"
        verbose_name_plural = "annotators we cannot pay yet"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^[A-Z]{2}$"), name="payments_rail_wait_country"
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator} in {self.country}"
