"""Acts against an annotator: each is a row that says by which rule, on what evidence and why."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models.annotator import AnnotatorProfile
from accounts.states import RULE_SHAPE, STAFF_RULES, AdverseKind
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from marketplace.core.ids import new_id


class Transaction(models.Func):
    """The number of the database's present transaction, whatever savepoints it is in."""

    template = "(pg_current_xact_id()::text)::bigint"
    output_field = models.BigIntegerField()


class AdverseActQuerySet(models.QuerySet["AdverseAct"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "AdverseActQuerySet":
        """Staff see all, an annotator those against them; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(annotator__user_id=actor.id)
        return self.none()


class AdverseAct(models.Model):
    """A rejection, a pause, a removal, pay withheld, a tier or a qualification lost.

    `subject` is `kind:id` of the row it is about, `rule` the code of the rule it rests on, as
    `policy_version` of the policy stands; `evidence` names rows (`kind:id`) or addresses that show
    it, and only what staff do by their own judgement goes without. The text is what the annotator
    reads. `reversed_at`: it was found wrong and undone.

    `xact` is the database's transaction that wrote it: PostgreSQL refuses the act itself in any
    other, and refuses to change a row but for its reversal, once (0006).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="adverse_acts"
    )
    kind = models.CharField(max_length=20, choices=AdverseKind)
    subject = models.CharField(max_length=120)
    rule = models.CharField(max_length=80)
    policy_version = models.PositiveIntegerField()
    evidence = ArrayField(models.CharField(max_length=500), default=list, blank=True)
    text = models.TextField(max_length=4000)
    by = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())
    xact = models.BigIntegerField(db_default=Transaction(), editable=False)
    reversed_at = models.DateTimeField(null=True, blank=True)
    reversed_why = models.TextField(blank=True)

    objects: ClassVar[models.Manager["AdverseAct"]] = AdverseActQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=AdverseKind.values), name="accounts_adverse_kind"
            ),
            models.CheckConstraint(
                condition=~models.Q(rule="") & ~models.Q(text="") & ~models.Q(subject=""),
                name="accounts_adverse_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(rule__regex=RULE_SHAPE), name="accounts_adverse_rule_shape"
            ),
            models.CheckConstraint(
                condition=models.Q(evidence__len__gt=0) | models.Q(rule__in=STAFF_RULES),
                name="accounts_adverse_evidence",
            ),
            models.CheckConstraint(
                condition=models.Q(reversed_at__isnull=True) | ~models.Q(reversed_why=""),
                name="accounts_adverse_reversed_why",
            ),
        ]
        indexes = [models.Index(fields=["annotator", "-at"]), models.Index(fields=["subject"])]

    def __str__(self) -> str:
        """For people."""
        return f"{self.kind} of {self.subject}"
