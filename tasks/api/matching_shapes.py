"""Shapes of a project's matching: weights, caps, whom it asks for; the forecast and the dry run."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.core.api.serializers import StrictSerializer
from tasks.matching.fairness import LEAST_SHOWN
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


class StoppedOut(serializers.Serializer[object]):
    """How many experts a rule excludes, and how many it alone excludes."""

    rule = serializers.CharField(source="rule.code")
    title = serializers.CharField(source="rule.title")
    stops = serializers.IntegerField()
    alone = serializers.IntegerField()


class ForecastIn(StrictSerializer):
    """What is not uploaded yet."""

    tasks = serializers.IntegerField(
        required=False,
        default=0,
        min_value=0,
        max_value=10_000_000,
        help_text="So many tasks more than are uploaded.",
    )


class ForecastOut(serializers.Serializer[object]):
    """Who could do the project now, and in how many days. Days are null where the work cannot be
    finished: `stopped_by` is then `nobody_active`, `too_few_active` or `caps`.
    """

    eligible = serializers.IntegerField(help_text="Experts who meet every rule of the project.")
    active = serializers.IntegerField(help_text="Of them, at work or new in the last 14 days.")
    needed = serializers.IntegerField(help_text="Answers wanted of each task.")
    everybody = serializers.IntegerField(help_text="Experts there are.")
    strictest = StoppedOut(allow_null=True)
    rules = StoppedOut(many=True)
    tasks_left = serializers.IntegerField()
    slots_left = serializers.IntegerField(help_text="Answers still wanted.")
    slots_most = serializers.IntegerField(
        help_text="The same, if every task needs the most answers that its plan allows."
    )
    minutes_left = serializers.IntegerField()
    minutes_a_day = serializers.FloatField(help_text="What the active experts do in a day.")
    measured = serializers.IntegerField(help_text="Active experts with a history of 14 days.")
    assumed = serializers.IntegerField(help_text="Active experts taken to give an hour a day.")
    best = serializers.FloatField(
        allow_null=True, help_text="Days, if all who are eligible come, an hour a day each."
    )
    expected = serializers.FloatField(
        allow_null=True, help_text="Days, if the active ones give it all their time of late."
    )
    worst = serializers.FloatField(
        allow_null=True, help_text="Days, if they divide it among the projects they may work on."
    )
    stopped_by = serializers.CharField(allow_blank=True)
    deadline = serializers.DateTimeField(allow_null=True)
    in_time = serializers.BooleanField(allow_null=True)
    missing_minor = serializers.IntegerField(
        help_text="What the answers still wanted cost beyond the free funds, without reviews."
    )
    missing_most_minor = serializers.IntegerField(
        help_text="The same, if every task needs the most answers that its plan allows."
    )
    funds_short = serializers.BooleanField()
    slowed_why = serializers.CharField(
        allow_blank=True, help_text="Why nothing is handed out at the moment."
    )


class RangeOut(serializers.Serializer[object]):
    """The tenth, the half and the nine tenths of the eligible experts lie below these."""

    low = serializers.FloatField()
    middle = serializers.FloatField()
    high = serializers.FloatField()


class PartsOut(serializers.Serializer[object]):
    """The parts of the score before their weights, 0 to 1; null for fewer than five experts."""

    quality = RangeOut(allow_null=True)
    fit = RangeOut(allow_null=True)
    cost = RangeOut(allow_null=True)
    fairness = RangeOut(allow_null=True)
    exploration = RangeOut(allow_null=True)


class SideOut(serializers.Serializer[object]):
    """One set of weights. Shares are of the open answers; null without any."""

    preset = serializers.CharField(allow_null=True)
    weights = WeightsOut()
    score = RangeOut(allow_null=True)
    first_choice = serializers.IntegerField(
        help_text="Active experts to whom the project hands their next task before all others."
    )
    largest_share = serializers.FloatField(allow_null=True)
    top_tenth_share = serializers.FloatField(allow_null=True)
    gini = serializers.FloatField(allow_null=True)


class DryRunOut(serializers.Serializer[object]):
    """What other weights would change; nothing has been changed. No expert is in it by pseudonym:
    a score beside one would tell how skilled a person is. For the same reason `parts` and `score`
    are null for fewer than five experts.
    """

    eligible = serializers.IntegerField()
    active = serializers.IntegerField()
    parts = PartsOut()
    present = SideOut()
    proposed = SideOut()
    left_top = serializers.IntegerField(help_text="Of the best 20, those who would no longer be.")

    def to_representation(self, instance: object) -> dict[str, Any]:
        """Without what a small group would tell of each of its experts."""
        found: dict[str, Any] = super().to_representation(instance)
        if found["eligible"] < LEAST_SHOWN:
            found["parts"] = dict.fromkeys(found["parts"])
            for side in ("present", "proposed"):
                found[side]["score"] = None
        return found
