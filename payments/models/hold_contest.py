"""What an annotator says against a hold that a person made longer."""

from typing import ClassVar

from django.db import models

from accounts.models import AdverseAct, AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id
from payments.models.earning import Earning
from payments.states import HoldContestState


class HoldContestQuerySet(models.QuerySet["HoldContest"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "HoldContestQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class HoldContest(models.Model):
    """One for each act, at most one of them open for an earning.

    `set_by` is the key of who did the act; they do not decide. Open until `due_at`: then it lapses,
    and the annotator has won.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    act = models.OneToOneField(AdverseAct, on_delete=models.PROTECT, related_name="hold_contest")
    earning = models.ForeignKey(Earning, on_delete=models.PROTECT, related_name="hold_contests")
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="hold_contests"
    )
    text = models.TextField(max_length=2000)
    state = models.CharField(max_length=8, choices=HoldContestState, default=HoldContestState.OPEN)
    set_by = models.CharField(max_length=120)
    opened_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, blank=True)
    decision = models.TextField(max_length=2000, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["HoldContest"]] = HoldContestQuerySet.as_manager()

    class Meta:
        verbose_name = "contest of a hold"
        verbose_name_plural = "contests of holds"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=HoldContestState.values),
                name="payments_hold_contest_state",
            ),
            models.CheckConstraint(condition=~models.Q(text=""), name="payments_hold_contest_says"),
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("set_by")),
                name="payments_hold_contest_another",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", ended_at__isnull=True, decided_by="", decision="")
                | (
                    models.Q(state__in=["won", "lost"], ended_at__isnull=False)
                    & ~models.Q(decided_by="")
                    & ~models.Q(decision="")
                )
                | (
                    models.Q(state="lapsed", ended_at__isnull=False, decided_by="")
                    & ~models.Q(decision="")
                ),
                name="payments_hold_contest_ended",
            ),
            models.UniqueConstraint(
                fields=["earning"],
                condition=models.Q(state="open"),
                name="payments_hold_contest_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state="open"),
                name="payments_hold_contest_due",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return self.earning.label
