"""Shapes of a project's quality plan."""

from rest_framework import serializers

from marketplace.core.api.serializers import StrictSerializer
from tasks.selectors.confidence import CALIBRATED, UNCALIBRATED
from tasks.states import ReviewPlan, TruthMethod

# The columns of the plan, as they are sent and answered, next to `overlap`.
QUALITY = [
    "max_overlap",
    "target_confidence",
    "review_plan",
    "review_percent",
    "audit_percent",
    "second_percent",
    "rejection_audit_percent",
    "review_rubric",
    "adjudication_price_minor",
    "gold_first",
    "gold_percent",
    "gold_rare_percent",
    "training_most",
    "subcategory_field",
    "review_hours",
]


class QualityIn(StrictSerializer):
    """How many answers, how sure, who is reviewed, how much gold; fixed once it is active."""

    max_overlap = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text=(
            "The most answers a task gets, at least `overlap`; none: no more than `overlap`. Each "
            "one beyond `overlap` costs its price and fee."
        ),
    )
    target_confidence = serializers.FloatField(
        required=False,
        allow_null=True,
        help_text=(
            "Ask for more answers until the result is so sure, 0.5 to below 1; none: the majority "
            "decides. Needs a question that can be voted on."
        ),
    )
    review_plan = serializers.ChoiceField(
        choices=ReviewPlan.choices,
        required=False,
        help_text=(
            "`share`: of everybody's answers `review_percent` is reviewed. `record`: as much as "
            "each annotator's record asks for. By default `record`, or `share` where you name "
            "`review_percent`."
        ),
    )
    review_percent = serializers.IntegerField(
        required=False, help_text="Of the answers, for the review plan `share`: 0 to 100."
    )
    audit_percent = serializers.IntegerField(
        required=False,
        help_text="With the plan `record` nobody is reviewed less than this: 5 to 100.",
    )
    second_percent = serializers.IntegerField(
        required=False, help_text="Of the reviews, done twice to measure the reviewers: 0 to 100."
    )
    rejection_audit_percent = serializers.IntegerField(
        required=False, help_text="Of the rejections, looked at again: 0 to 100."
    )
    review_rubric = serializers.JSONField(
        required=False,
        help_text=(
            "What reviewers score: a list of up to 20 of `name`, `title`, `description` (may be "
            "missing) and `max`, 1 to 10 points."
        ),
    )
    adjudication_price_minor = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="What deciding a disagreement costs; none: twice the price of a review.",
    )
    gold_first = serializers.IntegerField(
        required=False, help_text="Everything is gold until so many answers were right: 0 to 50."
    )
    gold_percent = serializers.IntegerField(
        required=False, help_text="Of an annotator's claims thereafter, gold: 0 to 50."
    )
    gold_rare_percent = serializers.IntegerField(
        required=False, help_text="The same of annotators who are known well: 0 to 50."
    )
    training_most = serializers.IntegerField(
        required=False, help_text="Training tasks that each annotator is shown first: 0 to 50."
    )
    subcategory_field = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text=(
            "A text field of the payload whose value says to which part of the work a task belongs:"
            " agreement and warranty are told for each part."
        ),
    )
    review_hours = serializers.IntegerField(
        required=False,
        help_text="An answer without a verdict is accepted by itself after this: 1 to 336, or 72.",
    )


class QuestionConfidenceOut(serializers.Serializer[object]):
    """How far the confidences of one question, or of one option of a set, can be trusted."""

    question = serializers.CharField()
    option = serializers.CharField(allow_null=True)
    confidence_label = serializers.ChoiceField(
        choices=[CALIBRATED, UNCALIBRATED],
        help_text="Whether gold has told how true the confidences are.",
    )
    supported = serializers.BooleanField(
        help_text="Whether gold supports accepting an answer without a person."
    )
    accept_from = serializers.FloatField(allow_null=True, help_text="From this confidence on.")
    why = serializers.CharField(help_text="What gold says, or what is missing, in a sentence.")
    method = serializers.ChoiceField(choices=TruthMethod.choices, allow_null=True)
    answers = serializers.IntegerField(help_text="That were measured.")
    gold_tasks = serializers.IntegerField(help_text="With answers.")
    error_raw = serializers.FloatField(
        allow_null=True, help_text="Expected calibration error on gold, before calibration."
    )
    error_calibrated = serializers.FloatField(allow_null=True, help_text="The same after it.")
    measured_at = serializers.DateTimeField(allow_null=True)
