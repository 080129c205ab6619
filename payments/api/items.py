"""What an annotator has earned, item by item, with what the client paid and the platform took."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.sessions import WORK, WebSession
from marketplace.core.api.pagination import Cursor
from marketplace.core.api.views import ApiView
from payments.selectors import items


class PayLineOut(serializers.Serializer[object]):
    """A part of the pay: base, bonus, rush, correction, floor and so on; they sum to it."""

    kind = serializers.CharField()
    amount_minor = serializers.IntegerField()
    text = serializers.CharField()


class EarnedItemOut(serializers.Serializer[object]):
    """`client_minor` = `fee_minor` + `pay_minor`; nothing where the platform itself pays."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    what = serializers.CharField(source="label")
    currency = serializers.CharField()
    client_minor = serializers.IntegerField(help_text="What the client paid.")
    fee_minor = serializers.IntegerField(help_text="What the platform took of it.")
    pay_minor = serializers.IntegerField(help_text="What the expert gets.")
    lines = PayLineOut(many=True)
    taken_back_minor = serializers.IntegerField(
        help_text="Taken back of the pay, before or after it was paid."
    )
    taken_minor = serializers.IntegerField(help_text="Of it, taken before it was paid.")
    state = serializers.CharField(help_text="pending, payable, in_transit, paid or taken")
    hold_until = serializers.DateTimeField(allow_null=True)
    hold_reason = serializers.CharField(allow_blank=True)
    payout_sent_at = serializers.DateTimeField(allow_null=True)
    bank_on = serializers.DateField(
        allow_null=True, help_text="Of Stripe's first payout to the bank after that."
    )
    bank_state = serializers.CharField(allow_blank=True)
    accepted_at = serializers.DateTimeField()


class EarningsView(ApiView):
    """One's own items."""

    authentication_classes = [WebSession]
    scopes = {"GET": WORK}

    @extend_schema(responses=EarnedItemOut(many=True), operation_id="earnings_list")
    def get(self, request: Request) -> Response:
        """Each accepted item, newest first: price, fee, pay and its parts, hold, payout, bank."""
        cursor = Cursor()
        found = cursor.paginate_queryset(items.of_annotator(self.actor), request, self)
        return cursor.get_paginated_response(EarnedItemOut(items.told(found), many=True).data)
