"""Refunds, spend limits and billing data, for an organization's API keys."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.pagination import Cursor
from marketplace.core.api.serializers import StrictSerializer
from marketplace.core.api.views import ApiView
from marketplace.core.errors import NotFound
from payments.actions import billing, limits, refunds
from payments.models import BillingDetails, Refund
from payments.selectors import spending
from payments.states import LimitOf

HOLDER = r"^(user|api_key):[0-9a-f-]{36}$"


class RefundIn(StrictSerializer):
    """How much prepaid money to send back."""

    currency = serializers.CharField(min_length=3, max_length=3)
    amount_minor = serializers.IntegerField(min_value=1, max_value=10**12)
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class RefundOut(serializers.Serializer[object]):
    """`requested` waits for a second person; `failed_minor` was refused and is prepaid again."""

    id = serializers.UUIDField()
    currency = serializers.CharField()
    amount_minor = serializers.IntegerField()
    failed_minor = serializers.IntegerField()
    state = serializers.CharField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class LimitIn(StrictSerializer):
    """What a member (`user:<id>`) or key (`api_key:<id>`) may spend in a calendar month (UTC).

    Null lifts the limit.
    """

    holder = serializers.RegexField(HOLDER)
    act = serializers.ChoiceField(LimitOf.values)
    currency = serializers.CharField(min_length=3, max_length=3)
    most_minor = serializers.IntegerField(min_value=0, max_value=10**12, allow_null=True)


class LimitOut(serializers.Serializer[object]):
    """A limit, and how far it is used."""

    holder = serializers.CharField(source="limit.holder")
    act = serializers.CharField(source="limit.act")
    currency = serializers.CharField(source="limit.currency")
    most_minor = serializers.IntegerField(source="limit.most_minor")
    used_minor = serializers.IntegerField()
    left_minor = serializers.IntegerField()


class LimitsOut(serializers.Serializer[object]):
    """Every limit, those of projects too."""

    results = LimitOut(many=True)


def _text(length: int, *, needed: bool = False) -> Any:
    """A line of text."""
    more: dict[str, Any] = {} if needed else {"required": False, "default": "", "allow_blank": True}
    return serializers.CharField(max_length=length, **more)


class BillingIn(StrictSerializer):
    """What stands on invoices; it replaces what was there."""

    legal_name = _text(200, needed=True)
    line1 = _text(200, needed=True)
    line2 = _text(200)
    city = _text(100, needed=True)
    postal_code = _text(20)
    region = _text(100)
    country = _text(2, needed=True)
    vat_id = _text(40)
    purchase_order = _text(60)
    emails = serializers.ListField(
        child=serializers.CharField(max_length=254), required=False, default=list, max_length=5
    )


class BillingOut(serializers.ModelSerializer[BillingDetails]):
    """As it is kept."""

    class Meta:
        model = BillingDetails
        fields = [*BillingIn().fields, "version", "changed_at"]
        read_only_fields = fields


class RefundsView(ApiView):
    """Money on its way back."""

    scopes = {"GET": "money:read", "POST": "money:write"}

    @extend_schema(responses=RefundOut(many=True), operation_id="refunds_list")
    def get(self, request: Request) -> Response:
        """The organization's refunds, newest first."""
        return Cursor.answer(self, Refund.objects.visible_to(self.actor), RefundOut)

    @extend_schema(request=RefundIn, responses={201: RefundOut}, operation_id="refunds_create")
    def post(self, request: Request) -> Response:
        """Send prepaid money back to the payments it came from, newest first.

        409 above what is free: take money back from projects first.
        """
        asked = RefundIn.read(request)
        row = refunds.request(organization_id=self.organization_id, by=self.actor, **asked)
        return Response(RefundOut(row).data, status=201)


class RefundView(ApiView):
    """One refund."""

    scopes = {"GET": "money:read"}

    @extend_schema(responses=RefundOut, operation_id="refunds_read")
    def get(self, request: Request, refund_id: UUID) -> Response:
        """How far it is."""
        row = Refund.objects.visible_to(self.actor).filter(pk=refund_id).first()
        if row is None:
            raise NotFound("refund")
        return Response(RefundOut(row).data)


class LimitsView(ApiView):
    """What members, keys and projects may spend."""

    scopes = {"GET": "money:read", "PUT": "money:write"}

    @extend_schema(responses=LimitsOut, operation_id="spend_limits_read")
    def get(self, request: Request) -> Response:
        """Every limit, and how far it is used."""
        return self._shown()

    @extend_schema(request=LimitIn, responses=LimitsOut, operation_id="spend_limits_set")
    def put(self, request: Request) -> Response:
        """Set or lower one; 403 to raise or lift one, which an owner does on the web."""
        asked = LimitIn.read(request)
        limits.set_limit(organization_id=self.organization_id, by=self.actor, **asked)
        return self._shown()

    def _shown(self) -> Response:
        lines = spending.limits(self.organization_id)
        return Response({"results": LimitOut(lines, many=True).data})


class BillingView(ApiView):
    """The organization's billing data."""

    scopes = {"GET": "money:read", "PUT": "money:write"}

    @extend_schema(responses=BillingOut, operation_id="billing_read")
    def get(self, request: Request) -> Response:
        """As it is kept; 404 before it was given."""
        row = BillingDetails.objects.visible_to(self.actor).first()
        if row is None:
            raise NotFound("billing data")
        return Response(BillingOut(row).data)

    @extend_schema(request=BillingIn, responses=BillingOut, operation_id="billing_set")
    def put(self, request: Request) -> Response:
        """Replace it."""
        asked = BillingIn.read(request)
        row = billing.keep(organization_id=self.organization_id, by=self.actor, **asked)
        return Response(BillingOut(row).data)
