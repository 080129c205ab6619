"""A client's rules for the work on a project, and a dry run before they are set."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.pagination import Cursor
from marketplace.core.api.serializers import StrictSerializer
from marketplace.core.errors import NotFound
from tasks.actions import rules
from tasks.api.projects import ProjectApi
from tasks.models import QualityRule
from tasks.selectors import rule_replay, rule_words
from tasks.states import RuleAction, RuleCollector, RuleOperator, RuleState


class RuleIn(StrictSerializer):
    """A rule. What is a share hits only if the whole interval that holds it at every look, in 95 of
    100 cases, is on the far side of the threshold. `parameters`: `{"scope": "project", "days":
    1-90}` for pause, `{"percent": 1-100, "days": 1-90}` for require_review, `{"whom": "annotator" |
    "staff"}` for notify, else none.
    """

    title = serializers.CharField(max_length=120)
    collector = serializers.ChoiceField(RuleCollector.values)
    window_days = serializers.IntegerField(required=False, help_text="1 to 365; 30 unless given.")
    window_answers = serializers.IntegerField(
        required=False, allow_null=True, help_text="The last of them only; null for all."
    )
    operator = serializers.ChoiceField(RuleOperator.values)
    threshold = serializers.FloatField()
    least = serializers.IntegerField(
        required=False, help_text="Fewer observations never hit; 10 unless given."
    )
    action = serializers.ChoiceField(RuleAction.values)
    parameters = serializers.DictField(required=False)


class RuleNewIn(RuleIn):
    """A new rule."""

    enabled = serializers.BooleanField(required=False)


class RuleOut(serializers.Serializer[QualityRule]):
    """A rule as it stands; `when` and `then` say it in words."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    enabled = serializers.SerializerMethodField()
    version = serializers.IntegerField()
    collector = serializers.CharField()
    window_days = serializers.IntegerField()
    window_answers = serializers.IntegerField(allow_null=True)
    operator = serializers.CharField()
    threshold = serializers.FloatField()
    least = serializers.IntegerField()
    action = serializers.CharField()
    parameters = serializers.SerializerMethodField()
    when = serializers.SerializerMethodField()
    then = serializers.SerializerMethodField()
    made_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()

    def get_enabled(self, row: QualityRule) -> bool:
        """Whether it runs."""
        return row.state == RuleState.ENABLED

    def get_parameters(self, row: QualityRule) -> dict[str, Any]:
        """Those of its action."""
        found: dict[str, Any] = rules.said(row)["parameters"]
        return found

    def get_when(self, row: QualityRule) -> str:
        """The condition."""
        return rule_words.condition(row)

    def get_then(self, row: QualityRule) -> str:
        """The action."""
        return rule_words.action(row)


class RuleHitOut(serializers.Serializer[object]):
    """An annotator, by pseudonym, whom the rule would have hit at the end of a day."""

    day = serializers.DateField()
    annotator = serializers.UUIDField()
    value = serializers.FloatField()
    seen = serializers.IntegerField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    words = serializers.CharField()


class RuleDryRunOut(serializers.Serializer[object]):
    """Whom a rule would have hit in the last `days`, the latest first; nothing was done."""

    days = serializers.IntegerField()
    annotators = serializers.IntegerField()
    hits = RuleHitOut(many=True)


class RulesView(ProjectApi):
    """The rules of a project."""

    scopes = {"GET": "projects:read", "POST": "projects:write"}

    @extend_schema(responses=RuleOut(many=True), operation_id="rules_list")
    def get(self, request: Request, project_id: UUID) -> Response:
        """Those that are not retired, newest first."""
        rows = QualityRule.objects.visible_to(self.actor).filter(project=self.project(project_id))
        return Cursor.answer(self, rows.exclude(state=RuleState.RETIRED), RuleOut)

    @extend_schema(request=RuleNewIn, responses={201: RuleOut}, operation_id="rules_create")
    def post(self, request: Request, project_id: UUID) -> Response:
        """A rule, at work within ten minutes unless `enabled` is false."""
        fields = RuleNewIn.read(request)
        enabled = fields.pop("enabled", True)
        pk = self.project(project_id).pk
        row = rules.create(project_id=pk, fields=fields, enabled=enabled, by=self.actor)
        row.refresh_from_db()
        return Response(RuleOut(row).data, status=201)


class RuleView(ProjectApi):
    """One rule."""

    scopes = {"GET": "projects:read", "PATCH": "projects:write", "DELETE": "projects:write"}

    @extend_schema(responses=RuleOut, operation_id="rules_read")
    def get(self, request: Request, project_id: UUID, rule_id: UUID) -> Response:
        """As it stands."""
        return Response(RuleOut(self.rule(project_id, rule_id)).data)

    @extend_schema(request=RuleNewIn(partial=True), responses=RuleOut, operation_id="rules_update")
    def patch(self, request: Request, project_id: UUID, rule_id: UUID) -> Response:
        """Change it, as a new version; `enabled` alone switches it on or off.

        `parameters` are replaced as a whole.
        """
        row = self.rule(project_id, rule_id)
        fields = RuleNewIn.read(request, partial=True)
        enabled = fields.pop("enabled", None)
        row = rules.revise(rule_id=row.pk, fields=fields, enabled=enabled, by=self.actor)
        return Response(RuleOut(row).data)

    @extend_schema(responses={204: None}, operation_id="rules_retire")
    def delete(self, request: Request, project_id: UUID, rule_id: UUID) -> Response:
        """Retire it: it runs no more; what it did stays."""
        row = self.rule(project_id, rule_id)
        rules.switch(rule_id=row.pk, to=RuleState.RETIRED, by=self.actor)
        return Response(status=204)

    def rule(self, project_id: UUID, rule_id: UUID) -> QualityRule:
        """The project's rule, or 404."""
        rows = QualityRule.objects.visible_to(self.actor).filter(project=self.project(project_id))
        row = rows.exclude(state=RuleState.RETIRED).filter(pk=rule_id).first()
        if row is None:
            raise NotFound("rule")
        return row


class RuleDryRunView(ProjectApi):
    """A rule, tried on the past."""

    scopes = {"POST": "projects:read"}

    @extend_schema(request=RuleIn, responses=RuleDryRunOut, operation_id="rules_dry_run")
    def post(self, request: Request, project_id: UUID) -> Response:
        """Whom it would have hit in the last 30 days. Nothing is kept and nobody told."""
        project = self.project(project_id)
        row = rules.drafted(project=project, fields=RuleIn.read(request), by=self.actor)
        run = rule_replay.of(row)
        hits = [
            {
                "day": one.day.isoformat(),
                "annotator": str(one.pseudonym),
                "value": one.found.reading.value,
                "seen": one.found.reading.seen,
                "low": one.found.reading.low,
                "high": one.found.reading.high,
                "words": one.words,
            }
            for one in run.hits
        ]
        return Response({"days": run.days, "annotators": run.annotators, "hits": hits})
