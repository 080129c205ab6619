"""What is believed of answers: the fitted model of a question, and the posterior of each task."""

from django.db import models

from accounts.models import AnnotatorProfile
from marketplace.core.expressions import Now
from tasks.models.project import Project
from tasks.models.task import Task
from tasks.states import TruthMethod


class QuestionModel(models.Model):
    """The model of one question of a project, as last fitted.

    A set of options is one question for each option, called `name/place`. `classes` are the
    canonical answers in their order. Its chances are mixed from those of the methods in `weights`;
    by method, `prior` are the chances of the classes and `stranger` how somebody answers of whom
    nothing is known. `method` is the heaviest. `calibration` turns the raw posterior into a
    confidence; it is null until gold supports one. `supported`: at the project's target, gold
    supports accepting without a person, from the confidence `accept_from` on; `why` says so in
    words. The two errors and `reliability` are those of the gold tasks in `held_out`
    (`tasks.quality.fitting.HeldOut`).
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="question_models")
    question = models.CharField(max_length=80)
    method = models.CharField(max_length=20, choices=TruthMethod)
    weights = models.JSONField()
    classes = models.JSONField()
    prior = models.JSONField()
    stranger = models.JSONField(default=dict, db_default={})
    calibration = models.JSONField(null=True, blank=True)
    ece_raw = models.FloatField(null=True, blank=True)  # noqa: TID251 - a statistic
    ece_calibrated = models.FloatField(null=True, blank=True)  # noqa: TID251 - a statistic
    reliability = models.JSONField(default=list, blank=True)
    held_out = models.JSONField(default=list, db_default=[], blank=True)
    supported = models.BooleanField(default=False)
    accept_from = models.FloatField(null=True, blank=True)  # noqa: TID251 - a statistic
    why = models.TextField(blank=True)
    labels = models.PositiveIntegerField()
    gold_tasks = models.PositiveIntegerField()
    fitted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "question"], name="tasks_question_model_once"
            ),
            models.CheckConstraint(
                condition=models.Q(method__in=TruthMethod.values), name="tasks_question_method"
            ),
            models.CheckConstraint(condition=~models.Q(weights={}), name="tasks_question_weights"),
            models.CheckConstraint(
                condition=models.Q(supported=False) | models.Q(calibration__isnull=False),
                name="tasks_question_supported_is_calibrated",
            ),
            models.CheckConstraint(
                condition=models.Q(supported=False, accept_from__isnull=True)
                | models.Q(supported=True, accept_from__gte=0, accept_from__lte=1),
                name="tasks_question_accept_from",
            ),
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.question} of {self.project_id}"


class AnnotatorModel(models.Model):
    """How an annotator answers a question: by method, a row of chances for each true class."""

    question_model = models.ForeignKey(
        QuestionModel, on_delete=models.CASCADE, related_name="annotators"
    )
    annotator = models.ForeignKey(AnnotatorProfile, on_delete=models.PROTECT, related_name="+")
    confusion = models.JSONField()
    answers = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question_model", "annotator"], name="tasks_annotator_model_once"
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"{self.annotator_id} on {self.question_model_id}"


class Belief(models.Model):
    """What is believed of a task after its answers so far: per question the chance of each answer.

    `confidence` is that of the least sure question, `calibrated` whether gold supports it.
    """

    task = models.OneToOneField(
        Task, on_delete=models.PROTECT, primary_key=True, related_name="belief"
    )
    questions = models.JSONField()
    confidence = models.FloatField(null=True, blank=True)  # noqa: TID251 - a statistic
    calibrated = models.BooleanField(default=False)
    answers = models.PositiveSmallIntegerField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confidence__isnull=True)
                | models.Q(confidence__gte=0, confidence__lte=1),
                name="tasks_belief_confidence",
            )
        ]

    def __str__(self) -> str:
        """For people."""
        return f"of {self.task_id}"
