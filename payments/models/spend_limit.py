"""How much may be spent: of a project in all, of one member or API key in a month."""

from typing import ClassVar

from django.db import models

from accounts.models import Organization
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.currencies import major
from payments.states import LimitOf


class SpendLimitQuerySet(models.QuerySet["SpendLimit"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "SpendLimitQuerySet":
        """Staff see all, a key its organization's, a user those of their organizations."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(organization_id=actor.tenant)
        if actor.kind is ActorKind.USER:
            return self.filter(organization__memberships__user_id=actor.id)
        return self.none()


class SpendLimit(models.Model):
    """The most that `holder` may have `act` done to, in minor units of one currency.

    `project:<id>` with `allocate`: ever, net of what was taken back. `user:<id>` or `api_key:<id>`
    with `allocate` or `deposit`: in one calendar month (UTC), whatever was taken back.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="spend_limits"
    )
    holder = models.CharField(max_length=80)
    act = models.CharField(max_length=10, choices=LimitOf)
    currency = models.CharField(max_length=3)
    most_minor = models.BigIntegerField()
    set_by = models.CharField(max_length=80)
    set_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["SpendLimit"]] = SpendLimitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "holder", "act", "currency"], name="payments_limit_once"
            ),
            models.CheckConstraint(
                condition=models.Q(act__in=LimitOf.values, most_minor__gte=0),
                name="payments_limit_act",
            ),
            models.CheckConstraint(
                condition=models.Q(holder__startswith="project:", act="allocate")
                | models.Q(holder__startswith="user:")
                | models.Q(holder__startswith="api_key:"),
                name="payments_limit_holder",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{major(self.most_minor, self.currency)} at most {self.get_act_display()}"
