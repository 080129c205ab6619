"""Private files: evidence and uploads, never served by a public address."""

from django.db import models

from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class StoredFile(models.Model):
    """A file in the private storage; `owner` is the actor key of who uploaded it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.CharField(max_length=120)
    purpose = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        """For people."""
        return self.name
