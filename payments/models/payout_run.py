"""A payout run: everybody who is due in one currency, looked at, approved, and begun in batches."""

from typing import ClassVar

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.currencies import major
from payments.models.payout import Payout
from payments.states import RunItemState, RunState


class PayoutRunQuerySet(models.QuerySet["PayoutRun"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "PayoutRunQuerySet":
        """Staff see all; nobody else any."""
        return self if actor.kind is ActorKind.STAFF else self.none()


class PayoutRun(models.Model):
    """`first_by` and `second_by` are the keys of who approved it, two different ones where
    `two_needed`: the sum is above what one may let go.

    `left_out` tells why others with money in this currency are not in it, as
    `{reason: {"annotators": n, "minor": n}}`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.COLLECTING)
    two_needed = models.BooleanField(default=False)
    first_by = models.CharField(max_length=80, blank=True)
    second_by = models.CharField(max_length=80, blank=True)
    left_out = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    approved_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["PayoutRun"]] = PayoutRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=RunState.values), name="payments_run_state"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["approved", "done"])
                | (
                    ~models.Q(first_by="")
                    & (models.Q(two_needed=False) | ~models.Q(second_by=""))
                    & models.Q(approved_at__isnull=False)
                ),
                name="payments_run_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(second_by="") | ~models.Q(second_by=models.F("first_by")),
                name="payments_run_two_people",
            ),
            models.UniqueConstraint(
                fields=["currency"],
                condition=models.Q(state__in=["collecting", "waiting", "approved"]),
                name="payments_run_one_open",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.currency.upper()}, {self.created_at:%Y-%m-%d %H:%M}"


class PayoutRunItem(models.Model):
    """One annotator in a run. `amount_minor` is the most that the run may send them."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(PayoutRun, on_delete=models.PROTECT, related_name="items")
    annotator = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=RunItemState, default=RunItemState.WAITING)
    reason = models.CharField(max_length=60, blank=True)
    payout = models.OneToOneField(
        Payout, on_delete=models.PROTECT, null=True, blank=True, related_name="run_item"
    )

    objects: ClassVar[models.Manager["PayoutRunItem"]] = models.Manager()

    class Meta:
        verbose_name = "payout of a run"
        verbose_name_plural = "payouts of runs"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=RunItemState.values), name="payments_run_item_state"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0), name="payments_run_item_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(state="begun", payout__isnull=False)
                | (~models.Q(state="begun") & models.Q(payout__isnull=True)),
                name="payments_run_item_payout",
            ),
            models.UniqueConstraint(fields=["run", "annotator"], name="payments_run_item_once"),
        ]
        indexes = [
            models.Index(
                fields=["run", "id"],
                condition=models.Q(state="waiting"),
                name="payments_run_item_waiting",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator}: {major(self.amount_minor, self.run.currency)}"
