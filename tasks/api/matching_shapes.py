"""Shapes of a project's matching: weights, caps, whom it asks for; the forecast and the dry run."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.core.api.serializers import StrictSerializer
from tasks.matching.score import PRESETS
from tasks.models import Project
from tasks.selectors import weights


class WeightsIn(StrictSerializer):
    """How much each part of the score counts, 0 to 100; not all may be 0. docs/matching.md."""

    quality = serializers.FloatField()
    fit = serializers.FloatField()
    price = serializers.FloatField()
    urgency = serializers.FloatField()
    fairness = serializers.FloatField()
    exploration = serializers.FloatField()


class WeighedIn(StrictSerializer):
    """A preset's name, or the six weights."""

    preset = serializers.ChoiceField(choices=list(PRESETS), required=False)
    weights = WeightsIn(required=False)


class SteeringIn(WeighedIn):
    """What may change while annotators are at work. Null is "the platform's", or none."""

    value_minor = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="What a right answer is worth to you; none: three times its price.",
    )
    most_open = serializers.IntegerField(
        required=False, allow_null=True, help_text="Open claims of one expert at once."
    )
    most_each = serializers.IntegerField(
        required=False, allow_null=True, help_text="Tasks of one expert in all."
    )
    most_daily = serializers.IntegerField(
        required=False, allow_null=True, help_text="Tasks of one expert in a day (UTC)."
    )
    share_factor = serializers.FloatField(
        required=False, help_text="Nobody gets more than so many times the mean share: 1 to 3."
    )
    newcomer_percent = serializers.IntegerField(
        required=False, help_text="Of the tasks, for newcomers first: 10 to 100."
    )
    setbacks_allowed = serializers.IntegerField(
        required=False,
        help_text="A task that ran out or was given back so often waits for staff: 1 to 20.",
    )
    most_unreviewed = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Nothing is handed out while so many answers wait for their review.",
    )
    deadline = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Raises the urgency as it comes nearer."
    )
    push = serializers.BooleanField(
        required=False, help_text="Offer tasks to experts; they may always ask for them."
    )
    offer_minutes = serializers.IntegerField(
        required=False, help_text="How long an offer stands: 5 minutes to a week."
    )


class AudienceIn(StrictSerializer):
    """Whom a project asks for, besides domain, languages and countries; fixed once it is active."""

    qualifications = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=20,
        help_text="All of them are needed: your own or the platform's.",
    )
    min_tier = serializers.IntegerField(required=False, help_text="1 to 4.")
    nda = serializers.UUIDField(
        required=False, allow_null=True, help_text="A version of your own agreement."
    )
    team = serializers.UUIDField(required=False, allow_null=True)
    invited_only = serializers.BooleanField(
        required=False, help_text="Only experts on your allow list."
    )


class WeightsOut(serializers.Serializer[object]):
    """The six weights."""

    quality = serializers.FloatField()
    fit = serializers.FloatField()
    price = serializers.FloatField()
    urgency = serializers.FloatField()
    fairness = serializers.FloatField()
    exploration = serializers.FloatField()


class SteeringOut(serializers.ModelSerializer[Project]):
    """How a project is matched. `preset` is null where the weights are nobody's."""

    preset = serializers.SerializerMethodField()
    weights = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = [
            "preset",
            "weights",
            "value_minor",
            "most_open",
            "most_each",
            "most_daily",
            "share_factor",
            "newcomer_percent",
            "setbacks_allowed",
            "most_unreviewed",
            "deadline",
            "push",
            "offer_minutes",
            "qualifications",
            "min_tier",
            "nda",
            "team",
            "invited_only",
        ]
        read_only_fields = fields

    def get_preset(self, row: Project) -> str | None:
        """The name of the preset that the weights are."""
        return weights.preset_of(weights.of(row))

    @extend_schema_field(WeightsOut)
    def get_weights(self, row: Project) -> dict[str, float]:
        """Under their names."""
        return weights.of(row)
