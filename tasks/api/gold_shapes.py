"""Shapes of gold: what a client says of a task's answer, and how it is answered."""

from rest_framework import serializers

from tasks.models import Gold


class GoldIn(serializers.Serializer[object]):
    """What is known of a task, for the documentation; the action checks it."""

    answer = serializers.JSONField(help_text="The right answer, as an annotator would give it.")
    explanation = serializers.CharField(
        required=False, max_length=4000, help_text="Why it is right; shown where it trains."
    )
    tolerance = serializers.JSONField(
        required=False,
        help_text=(
            "Per question, what else counts as right: `within` for a rating, `jaccard` for a set, "
            "`f1` for marks, `ignore` to leave it out. Without one an answer must be the same. "
            "Texts are never scored."
        ),
    )
    training = serializers.BooleanField(
        required=False,
        help_text="Answer and explanation are shown after the hand-in; it moves no skill.",
    )


class GoldOut(serializers.ModelSerializer[Gold]):
    """A gold task and how it is answered.

    `good_seen` and `good_right` count the answers of annotators whose record shows them to be good.
    In quarantine it is handed out to nobody and counts for nobody.
    """

    task_id = serializers.UUIDField()
    external_id = serializers.CharField(source="task.external_id")

    class Meta:
        model = Gold
        fields = [
            "task_id",
            "external_id",
            "state",
            "answer",
            "explanation",
            "tolerance",
            "training",
            "seen",
            "right",
            "good_seen",
            "good_right",
            "quarantined_why",
            "made_at",
        ]
        read_only_fields = fields
