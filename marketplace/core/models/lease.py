"""Lease columns, shared by whatever is claimed for a time: assignments and review assignments."""

from django.db import models


class LeasedModel(models.Model):
    """A claim until `leased_until`, guarded by `fence`.

    `fence` is a fencing token: it grows whenever the lease changes hands or is renewed after a
    loss, so that a late holder's write, which carries the old number, is refused.
    """

    leased_until = models.DateTimeField()
    fence = models.BigIntegerField(default=1)
    extensions = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True
