"""Notices: what a person is told, on their pages and by mail."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "NoticeQuerySet":
        """One's own only."""
        if actor.kind in (ActorKind.USER, ActorKind.STAFF):
            return self.filter(user_id=actor.id)
        return self.none()


class Notice(models.Model):
    """One sentence and where it leads; never task content (it may be confidential)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices"
    )
    kind = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    link = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Notice"]] = NoticeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at"])]

    def __str__(self) -> str:
        """For people."""
        return self.text
