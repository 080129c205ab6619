"""How an answer came to be: counts and edits from the task page, and texts it is nearly equal to.

None of it is shown to clients. None of it decides anything: it makes a review likelier.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.expressions import Now
from tasks.models.assignment import Assignment
from tasks.models.project import Project
from tasks.models.submission import Submission
from tasks.models.task import Task
from tasks.states import BorrowedSign


class SignalsQuerySet(models.QuerySet["Signals"]):
    """Tenant filter."""

    def visible_to(self, actor: Actor) -> "SignalsQuerySet":
        """Staff see all, an annotator their own; nobody else any."""
        if actor.kind is ActorKind.STAFF:
            return self
        if actor.kind is ActorKind.USER:
            return self.filter(submission__annotator__user_id=actor.id)
        return self.none()


class Signals(models.Model):
    """What one submission came with.

    `recorded`: the page's script ran and sent something; without it nothing counts against anybody.
    Characters: `typed`, `pasted` from elsewhere, `quoted` (pasted, but found in the task or in the
    answer itself). `away_times` and `away_seconds`: the page was left. `edits` is the history of
    the text questions, `cut` where it was too long to keep whole. `answer_chars` counts the texts
    handed in. What the check makes of it: shares, `near` (the other answer), `flags`, and by how
    many points of a hundred they raise the chance of a review.
    """

    submission = models.OneToOneField(
        Submission, on_delete=models.PROTECT, primary_key=True, related_name="signals"
    )
    recorded = models.BooleanField(default=False)
    keystrokes = models.PositiveIntegerField(default=0)
    typed_chars = models.PositiveIntegerField(default=0)
    pasted_chars = models.PositiveIntegerField(default=0)
    quoted_chars = models.PositiveIntegerField(default=0)
    pastes = models.PositiveIntegerField(default=0)
    away_times = models.PositiveIntegerField(default=0)
    away_seconds = models.PositiveIntegerField(default=0)
    edits = models.JSONField(default=dict, blank=True)
    cut = models.BooleanField(default=False)
    answer_chars = models.PositiveIntegerField(default=0)
    paste_share = models.FloatField(null=True, blank=True)  # noqa: TID251 - a statistic
    keys_per_char = models.FloatField(null=True, blank=True)  # noqa: TID251 - a statistic
    near_share = models.FloatField(null=True, blank=True)  # noqa: TID251 - a statistic
    near = models.ForeignKey(
        Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    flags = ArrayField(
        models.CharField(max_length=12, choices=BorrowedSign), default=list, blank=True
    )
    extra_percent = models.PositiveSmallIntegerField(default=0)
    gathered_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Signals"]] = SignalsQuerySet.as_manager()

    class Meta:
        verbose_name = "signs beside an answer"
        verbose_name_plural = "signs beside answers"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(flags__contained_by=BorrowedSign.values),
                name="tasks_signals_flags",
            ),
            models.CheckConstraint(
                condition=models.Q(recorded=True)
                | models.Q(keystrokes=0, typed_chars=0, pasted_chars=0, away_times=0, pastes=0),
                name="tasks_signals_recorded",
            ),
            models.CheckConstraint(
                condition=models.Q(extra_percent__lte=100), name="tasks_signals_percent"
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"of {self.submission_id}"


class SignalsSoFar(models.Model):
    """The counts of a claim at its last sign of life, should the hand-in come without any."""

    assignment = models.OneToOneField(
        Assignment, on_delete=models.PROTECT, primary_key=True, related_name="signals_so_far"
    )
    counts = models.JSONField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        """For people."""
        return f"of {self.assignment_id}"


class TextPrint(models.Model):
    """The MinHash signature of one text of an answer, and its bands, by which near ones are found
    (`tasks/quality/minhash.py`).
    """

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="prints")
    question = models.CharField(max_length=60)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    annotator = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="+")
    signature = models.BinaryField()
    bands = ArrayField(models.BigIntegerField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "question"], name="tasks_text_print_once")
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.question} of {self.submission_id}"


class TextBand(models.Model):
    """One band of one print, as an index finds it: by project, question and band, the latest print
    last. A GIN index on the array of bands was no help: whoever wants the latest prints walked all.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    question = models.CharField(max_length=60)
    band = models.BigIntegerField()
    text_print = models.ForeignKey(
        TextPrint, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    annotator = models.ForeignKey(
        AnnotatorProfile, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "question", "band", "text_print"],
                include=["annotator"],
                name="tasks_text_band_once",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.band} of {self.text_print_id}"


class ModelAnswer(models.Model):
    """What a language model said to a task, as its client gave it; shown to no annotator."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="model_answers")
    text = models.TextField(max_length=20_000)
    signature = models.BinaryField(null=True, blank=True)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="tasks_model_answer_text")
        ]

    def __str__(self) -> str:
        """For people."""
        return f"for {self.task_id}"
