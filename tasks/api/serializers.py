"""Shapes of the work endpoints; prices are whole minor units."""

from rest_framework import serializers

from marketplace.core.api.serializers import StrictSerializer
from tasks.api.gold_shapes import GoldIn
from tasks.api.matching_shapes import AudienceIn, SteeringIn, SteeringOut
from tasks.api.pay_shapes import PAY_HELP, PayField
from tasks.api.quality_shapes import QUALITY, QualityIn, QuestionConfidenceOut
from tasks.models import Delivery, Lot, Project
from tasks.states import LotMethod


class ProjectIn(SteeringIn, AudienceIn, QualityIn):
    """A new project. What is said here about prices holds for claims made while it is so."""

    name = serializers.CharField(max_length=120)
    brief = serializers.CharField(max_length=4000)
    guideline = serializers.CharField(max_length=100_000)
    tools_allowed = serializers.CharField(
        max_length=300,
        required=False,
        allow_blank=True,
        help_text="Which tools answers may be made with; annotators and reviewers read it.",
    )
    interface = serializers.JSONField()
    currency = serializers.CharField(min_length=3, max_length=3)
    price_minor = serializers.IntegerField()
    review_price_minor = serializers.IntegerField()
    pay = PayField(required=False, help_text=PAY_HELP)
    overlap = serializers.IntegerField()
    domain = serializers.CharField(max_length=80)
    credential_required = serializers.BooleanField(required=False, default=True)
    languages = serializers.ListField(
        child=serializers.CharField(), required=False, default=list, max_length=20
    )
    countries = serializers.ListField(
        child=serializers.CharField(), required=False, default=list, max_length=60
    )
    lease_minutes = serializers.IntegerField(
        required=False,
        help_text=(
            "How long a claim lasts, 1 minute to 7 days, and no shorter than `expected_minutes`; "
            "by default three times that, at least 15."
        ),
    )
    expected_minutes = serializers.IntegerField()


class ProjectOut(SteeringOut):
    """A project as its organization sees it."""

    pay = PayField(read_only=True, help_text=PAY_HELP)

    class Meta:
        model = Project
        fields = [
            "id",
            "name",
            "brief",
            "tools_allowed",
            "state",
            "interface",
            "currency",
            "price_minor",
            "review_price_minor",
            "pay",
            "fee_bps",
            "overlap",
            *QUALITY,
            "domain",
            "credential_required",
            "languages",
            "countries",
            *SteeringOut.Meta.fields,
            "lease_minutes",
            "expected_minutes",
            "created_at",
            "activated_at",
            "funds_short_at",
            "cancel_reason",
            "funds_low_at",
        ]
        read_only_fields = fields


class ActivateIn(StrictSerializer):
    """`confirm` starts a project that too few experts can do now."""

    confirm = serializers.BooleanField(required=False, default=False)


class CancelIn(StrictSerializer):
    """Why it is called off; those who work on it read it."""

    reason = serializers.CharField(max_length=500)


class FundingOut(serializers.Serializer[object]):
    """How far the free funds reach: a warning, not a wall."""

    text = serializers.CharField(allow_blank=True)
    covered = serializers.IntegerField(help_text="So many open tasks the free funds cover.")
    tasks = serializers.IntegerField(help_text="Tasks with a free place.")
    missing_minor = serializers.IntegerField()


class ActivatedOut(ProjectOut):
    """The active project, and how far its money reaches."""

    funding = FundingOut(read_only=True)

    class Meta(ProjectOut.Meta):
        fields = [*ProjectOut.Meta.fields, "funding"]
        read_only_fields = fields


class GuidelineIn(StrictSerializer):
    """A new version of the instructions."""

    text = serializers.CharField(max_length=100_000)


class GuidelineOut(serializers.Serializer[object]):
    """One version of the instructions."""

    version = serializers.IntegerField()
    text = serializers.CharField()
    created_at = serializers.DateTimeField()


class FundsIn(StrictSerializer):
    """How much money goes to the project, or back from it."""

    amount_minor = serializers.IntegerField(min_value=1, max_value=99_999_999_999)


class FundsOut(serializers.Serializer[object]):
    """The project's money: free, promised to claims, and spent."""

    currency = serializers.CharField()
    funds_minor = serializers.IntegerField()
    reserved_minor = serializers.IntegerField()
    spent_minor = serializers.IntegerField()


class TaskIn(serializers.Serializer[object]):
    """One row of an upload, for the documentation; rows are checked one by one with their place."""

    external_id = serializers.CharField(required=False, max_length=120)
    payload = serializers.JSONField()
    priority = serializers.IntegerField(required=False)
    gold = GoldIn(required=False, help_text="Its answer, where it is known: it becomes gold.")


class BatchOut(serializers.Serializer[object]):
    """What an upload stored."""

    batch_id = serializers.UUIDField()
    tasks = serializers.IntegerField()


class TaskOut(serializers.Serializer[object]):
    """One task and how far it is. Annotators read its `handle` in place of its id."""

    id = serializers.UUIDField()
    handle = serializers.UUIDField()
    external_id = serializers.CharField()
    state = serializers.CharField()
    overlap = serializers.IntegerField()
    open_slots = serializers.IntegerField()
    payload = serializers.JSONField()
    cancel_reason = serializers.CharField(help_text="Why you withdrew it, or empty.")
    created_at = serializers.DateTimeField()


class ProgressOut(serializers.Serializer[object]):
    """Counts and money of a project; the tasks of all states but gold sum to `tasks_total`."""

    tasks_total = serializers.IntegerField()
    tasks_open = serializers.IntegerField()
    tasks_filled = serializers.IntegerField()
    tasks_disputed = serializers.IntegerField()
    tasks_attention = serializers.IntegerField(
        help_text="Ran out or were given back too often: the platform's staff look at them."
    )
    tasks_concluded = serializers.IntegerField()
    tasks_cancelled = serializers.IntegerField()
    tasks_gold = serializers.IntegerField(
        help_text="Tasks with a known answer: no work to be delivered, and in no other count."
    )
    submissions = serializers.IntegerField()
    accepted = serializers.IntegerField()
    timed_out = serializers.IntegerField(
        help_text="Accepted by themselves: nobody gave a verdict within `review_hours`."
    )
    rejected = serializers.IntegerField()
    expired = serializers.IntegerField()
    currency = serializers.CharField()
    funds_minor = serializers.IntegerField()
    reserved_minor = serializers.IntegerField()
    spent_minor = serializers.IntegerField()
    questions = QuestionConfidenceOut(many=True)
    slowed_since = serializers.DateTimeField(
        allow_null=True, help_text="Since when nothing is handed out, for the reason given."
    )
    slowed_why = serializers.CharField(allow_blank=True)
    agreement = serializers.ListField(
        child=serializers.DictField(),
        help_text=(
            "For each question, in all (`part` null) and for each part: raw agreement, alpha, AC1 "
            "and kappa, each with its 95 % interval, or why there is none."
        ),
    )


class DeliveryIn(StrictSerializer):
    """How the lots of a delivery are judged; what is left out is the platform's plan."""

    lot_size = serializers.IntegerField(required=False, help_text="About so many results a lot.")
    aql = serializers.FloatField(
        required=False, help_text="The share of wrong results in a lot that is still good."
    )
    ltpd = serializers.FloatField(
        required=False, help_text="The share of wrong results in a lot that is bad."
    )
    method = serializers.ChoiceField(choices=LotMethod.choices, required=False)


class LotOut(serializers.ModelSerializer[Lot]):
    """One lot and how far its inspection is."""

    class Meta:
        model = Lot
        fields = ["number", "state", "size", "sample", "allowed", "reviewed", "defects"]
        read_only_fields = fields


class DeliveryOut(serializers.ModelSerializer[Delivery]):
    """A delivery with its lots."""

    lots = LotOut(many=True, read_only=True)

    class Meta:
        model = Delivery
        fields = [
            "number",
            "state",
            "method",
            "lot_size",
            "aql",
            "ltpd",
            "confidence",
            "results",
            "made_at",
            "ready_at",
            "lots",
        ]
        read_only_fields = fields
