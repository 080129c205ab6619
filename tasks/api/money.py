"""What a project may cost, and the most that it may be given."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.serializers import StrictSerializer
from payments.selectors import spending
from tasks.actions import funding
from tasks.api.matching_shapes import ForecastIn
from tasks.api.projects import ProjectApi
from tasks.selectors import estimate
from tasks.selectors.estimate import reach

DIGITS = 12  # of a number that is read; a longer one is refused as a text


class CostOut(serializers.Serializer[object]):
    """Minor units, fee included."""

    best = serializers.IntegerField()
    expected = serializers.IntegerField()
    worst = serializers.IntegerField()


class CostLineOut(serializers.Serializer[object]):
    """One part of the cost: how often as expected, and what is assumed."""

    kind = serializers.CharField()
    count = serializers.IntegerField()
    cost = CostOut()
    text = serializers.CharField()


class EstimateOut(serializers.Serializer[object]):
    """`to_come` is the sum of the lines; `in_all` adds what is spent and reserved."""

    currency = serializers.CharField()
    lines = CostLineOut(many=True)
    to_come = CostOut()
    in_all = CostOut()
    spent_minor = serializers.IntegerField()
    reserved_minor = serializers.IntegerField()
    funds_minor = serializers.IntegerField()
    tasks = serializers.IntegerField(help_text="Tasks with a free place.")
    covered = serializers.IntegerField(help_text="So many of them the free funds cover.")
    missing_minor = serializers.IntegerField(help_text="What the funds lack, as expected.")
    text = serializers.SerializerMethodField()

    def get_text(self, found: estimate.Estimate) -> str:
        """How far the funds reach, in a sentence."""
        return reach(found)


class CeilingIn(StrictSerializer):
    """The most that may ever be given to the project, in its currency; null lifts the limit."""

    most_minor = serializers.IntegerField(min_value=0, max_value=10**12, allow_null=True)


class CeilingOut(serializers.Serializer[object]):
    """The project's spend limit; null where there is none. `used_minor` is net of take-backs."""

    currency = serializers.CharField()
    most_minor = serializers.IntegerField(allow_null=True)
    used_minor = serializers.IntegerField()


class EstimateView(ProjectApi):
    """What the project may cost; for drafts too."""

    scopes = {"GET": "projects:read"}

    @extend_schema(parameters=[ForecastIn], responses=EstimateOut, operation_id="estimate")
    def get(self, request: Request, project_id: UUID) -> Response:
        """Each part at best, as expected and at worst; after the launch also what is gone."""
        said = request.query_params.dict()
        tasks = said.get("tasks", "")
        more = {"tasks": int(tasks)} if tasks.isdecimal() and len(tasks) < DIGITS else {}
        asked = ForecastIn(data={**said, **more})
        asked.is_valid(raise_exception=True)
        found = estimate.of(self.project(project_id), more_tasks=asked.validated_data["tasks"])
        return Response(EstimateOut(found).data)


class CeilingView(ProjectApi):
    """The most that the project may be given."""

    scopes = {"GET": "money:read", "PUT": "money:write"}

    @extend_schema(responses=CeilingOut, operation_id="funds_limit_read")
    def get(self, request: Request, project_id: UUID) -> Response:
        """The limit, and how far it is used."""
        return Response(self._shown(project_id))

    @extend_schema(request=CeilingIn, responses=CeilingOut, operation_id="funds_limit_set")
    def put(self, request: Request, project_id: UUID) -> Response:
        """Set or lower it; 403 to raise or lift it, which an owner does on the web."""
        row = self.project(project_id)
        funding.set_ceiling(project_id=row.pk, by=self.actor, **CeilingIn.read(request))
        return Response(self._shown(project_id))

    def _shown(self, project_id: UUID) -> dict[str, object]:
        row = self.project(project_id)
        most = spending.ceiling(row.pot, row.currency)
        used = spending.allocated(row.pot, row.currency)
        return {"currency": row.currency, "most_minor": most, "used_minor": used}
