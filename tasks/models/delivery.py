"""Deliveries: results that are handed over together, in lots, with a bound on their error."""

from typing import ClassVar

from django.db import models

from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from tasks.models.project import Project
from tasks.models.review import Review, ReviewRequest
from tasks.models.task import Task
from tasks.states import DeliveryState, LotMethod, LotState

# What stands for the part of a task where the project names no field of its payload.
WHOLE = "all"
LONGEST_PART = 120


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "DeliveryQuerySet":
        """As its project."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.API_KEY:
            return self.filter(project__organization_id=actor.tenant)
        if actor.kind is ActorKind.USER:
            return self.filter(project__organization__memberships__user_id=actor.id)
        return self.none()


class Delivery(models.Model):
    """The plan by which its lots are judged, and, once it is ready, the report it goes out with.

    `aql` is the share of wrong results that is still good, `ltpd` the one that is bad; `confidence`
    is that of the bound in the report. `evidence` is what the report was reckoned from that changes
    later: models, tests of reviewers (`tasks.selectors.evidence`). `seed` decides the order in
    which results are drawn.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="deliveries")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.SAMPLING)
    method = models.CharField(max_length=10, choices=LotMethod)
    lot_size = models.PositiveIntegerField()
    aql = models.FloatField()  # noqa: TID251 - a statistic
    ltpd = models.FloatField()  # noqa: TID251 - a statistic
    confidence = models.FloatField(default=0.95)  # noqa: TID251 - a statistic
    seed = models.CharField(max_length=64)
    results = models.PositiveIntegerField(default=0)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(db_default=Now())
    ready_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(null=True, blank=True)
    evidence = models.JSONField(default=dict, db_default={}, blank=True)

    objects: ClassVar[models.Manager["Delivery"]] = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="tasks_delivery_number"),
            models.CheckConstraint(
                condition=models.Q(state__in=DeliveryState.values, method__in=LotMethod.values),
                name="tasks_delivery_state",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    lot_size__gte=1,
                    aql__gt=0,
                    ltpd__gt=models.F("aql"),
                    ltpd__lt=1,
                    confidence__gte=0.5,
                    confidence__lt=1,
                ),
                name="tasks_delivery_plan",
            ),
            models.CheckConstraint(
                condition=models.Q(state="ready", ready_at__isnull=False, report__isnull=False)
                | (~models.Q(state="ready") & models.Q(ready_at__isnull=True, report__isnull=True)),
                name="tasks_delivery_ready",
            ),
        ]
        indexes = [
            models.Index(
                fields=["made_at"],
                condition=models.Q(state__in=["sampling", "rework"]),
                name="tasks_delivery_under_way",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"delivery {self.number}"


class Lot(models.Model):
    """Results of about the same time that are judged together.

    By a plan of fixed size, `sample` of its `size` results are drawn and `allowed` may be wrong;
    one after another, both are null. `reviewed` and `defects` count what was inspected so far.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="lots")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=LotState, default=LotState.SAMPLING)
    size = models.PositiveIntegerField()
    sample = models.PositiveIntegerField(null=True, blank=True)
    allowed = models.PositiveIntegerField(null=True, blank=True)
    reviewed = models.PositiveIntegerField(default=0, db_default=0)
    defects = models.PositiveIntegerField(default=0, db_default=0)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="tasks_lot_number"),
            models.CheckConstraint(
                condition=models.Q(state__in=LotState.values), name="tasks_lot_state"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    size__gte=1, defects__lte=models.F("reviewed"), reviewed__lte=models.F("size")
                ),
                name="tasks_lot_counts",
            ),
            models.CheckConstraint(
                condition=models.Q(sample__isnull=True, allowed__isnull=True)
                | models.Q(
                    sample__gte=1,
                    sample__lte=models.F("size"),
                    allowed__lte=models.F("sample"),
                ),
                name="tasks_lot_plan",
            ),
            models.CheckConstraint(
                condition=models.Q(state="sampling", decided_at__isnull=True)
                | models.Q(state="cancelled")
                | models.Q(state__in=["accepted", "rework", "reworked"], decided_at__isnull=False),
                name="tasks_lot_decided",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"lot {self.number}"


class LotItem(models.Model):
    """One result in a lot.

    `position` is its place in the order that the seed gives; the sample is taken from the front.
    `drawn`: it was asked for before the lot was decided. `defect` is what its `review` found.
    `live` is false once the delivery is cancelled.
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="items")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="items")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="lot_items")
    subcategory = models.CharField(max_length=LONGEST_PART)
    position = models.PositiveIntegerField()
    live = models.BooleanField(default=True, db_default=True)
    drawn = models.BooleanField(default=False, db_default=False)
    request = models.OneToOneField(
        ReviewRequest, on_delete=models.PROTECT, null=True, blank=True, related_name="lot_item"
    )
    defect = models.BooleanField(null=True, blank=True)
    review = models.OneToOneField(
        Review, on_delete=models.PROTECT, null=True, blank=True, related_name="lot_item"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "task"], name="tasks_lot_item_once"),
            models.UniqueConstraint(
                fields=["task"], condition=models.Q(live=True), name="tasks_lot_item_live_once"
            ),
            models.UniqueConstraint(fields=["lot", "position"], name="tasks_lot_item_position"),
            models.CheckConstraint(
                condition=models.Q(defect__isnull=True, review__isnull=True)
                | models.Q(defect__isnull=False, review__isnull=False),
                name="tasks_lot_item_reviewed",
            ),
            models.CheckConstraint(
                condition=models.Q(drawn=False) | models.Q(request__isnull=False),
                name="tasks_lot_item_drawn_is_asked",
            ),
            models.CheckConstraint(
                condition=models.Q(position__gte=1), name="tasks_lot_item_place"
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.task_id} in {self.lot_id}"
