"""The fairness report of a project, for its client: pseudonyms, and no group small enough to tell
who is in it.
"""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.faults import BadQuery
from tasks.api.projects import ProjectApi
from tasks.matching.fairness import LEAST_SHOWN, Group, shown
from tasks.selectors import fairness

USUAL_DAYS = 30


class ShareOut(serializers.Serializer[object]):
    """What one expert, by pseudonym, has claimed."""

    annotator = serializers.UUIDField()
    claims = serializers.IntegerField()
    share = serializers.FloatField()


class CountryOut(serializers.Serializer[object]):
    """At least five experts of one country, or of several small ones (an empty `country`).

    `hourly_minor` is the pay for an expected hour, by currency, in minor units.
    """

    country = serializers.CharField(allow_blank=True)
    experts = serializers.IntegerField()
    claims = serializers.IntegerField()
    claims_each = serializers.FloatField()
    hourly_minor = serializers.DictField(child=serializers.IntegerField())


class FairnessOut(serializers.Serializer[object]):
    """How the claims of the last `days` were shared among the experts at work.

    Shares are parts of 1, `waited_*` seconds since an expert's last task, null for fewer than five
    experts; `exploration_share` is the part of experts with few known answers, null without claims.
    """

    days = serializers.IntegerField()
    experts = serializers.IntegerField()
    claims = serializers.IntegerField()
    largest_share = serializers.FloatField()
    mean_share = serializers.FloatField()
    largest_to_mean = serializers.FloatField()
    gini = serializers.FloatField()
    exploration_share = serializers.FloatField(allow_null=True)
    waited_median_seconds = serializers.IntegerField(allow_null=True)
    waited_p90_seconds = serializers.IntegerField(allow_null=True)
    shares = ShareOut(many=True)
    countries = CountryOut(many=True)


class FairnessView(ProjectApi):
    """Who got how much of a project."""

    scopes = {"GET": "projects:read"}

    @extend_schema(
        parameters=[OpenApiParameter("days", int, description="1 to 366; 30 unless given.")],
        responses=FairnessOut,
        operation_id="fairness",
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        """The claims of the last `days`."""
        report = fairness.report(self.project(project_id).pk, _days(request))
        return Response(_outside(report))


def _days(request: Request) -> int:
    asked = request.query_params.get("days", str(USUAL_DAYS))
    if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= fairness.LONGEST):
        raise BadQuery(f"days is a number from 1 to {fairness.LONGEST}.")
    return int(asked)


def _outside(report: fairness.Report) -> dict[str, Any]:
    shares = report.shares
    enough = shares.experts >= LEAST_SHOWN
    return {
        "days": report.days,
        "experts": shares.experts,
        "claims": shares.claims,
        "largest_share": shares.largest_share,
        "mean_share": shares.mean_share,
        "largest_to_mean": shares.largest_to_mean,
        "gini": shares.gini,
        "exploration_share": report.exploration,
        "waited_median_seconds": report.waited_median if enough else None,
        "waited_p90_seconds": report.waited_p90 if enough else None,
        "shares": [
            {
                "annotator": str(one.pseudonym),
                "claims": one.claims,
                "share": one.claims / shares.claims,
            }
            for one in report.people
            if one.claims
        ],
        "countries": [_country(group) for group in shown(report.countries)],
    }


def _country(group: Group) -> dict[str, Any]:
    return {
        "country": group.name,
        "experts": group.experts,
        "claims": group.claims,
        "claims_each": group.claims_each,
        "hourly_minor": group.hourly,
    }
