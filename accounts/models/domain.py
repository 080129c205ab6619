"""The expertise taxonomy, as data: dotted paths such as `medicine.cardiology`."""

from django.core.validators import RegexValidator
from django.db import models


class Domain(models.Model):
    """A node of the taxonomy; a path contains all paths that start with it and a dot."""

    path = models.CharField(
        max_length=80,
        primary_key=True,
        validators=[RegexValidator(r"^[a-z_]+(\.[a-z_]+)*$")],
    )
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        """For people."""
        return self.name
