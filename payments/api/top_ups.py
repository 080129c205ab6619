"""Automatic top-ups and the cards they charge, for an organization's API keys."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.views import ApiView
from payments.actions import topups
from payments.api.serializers import CardOut, TopUpIn, TopUpOut
from payments.models import SavedCard, TopUpRule


class CardsView(ApiView):
    """Saved cards."""

    scopes = {"GET": "money:read"}

    @extend_schema(responses=CardOut(many=True), operation_id="cards_list")
    def get(self, request: Request) -> Response:
        """The organization's cards, newest first."""
        rows = SavedCard.objects.visible_to(self.actor).filter(removed_at__isnull=True)
        return Response(CardOut(rows.order_by("-id")[:100], many=True).data)


class TopUpsView(ApiView):
    """Automatic top-ups."""

    scopes = {"GET": "money:read"}

    @extend_schema(responses=TopUpOut(many=True), operation_id="top_ups_list")
    def get(self, request: Request) -> Response:
        """One rule for each currency in which there is one."""
        rows = TopUpRule.objects.visible_to(self.actor).order_by("currency")
        return Response(TopUpOut(rows, many=True).data)


class TopUpView(ApiView):
    """The automatic top-up of one currency."""

    scopes = {"PUT": "money:write", "DELETE": "money:write"}

    @extend_schema(request=TopUpIn, responses=TopUpOut, operation_id="top_ups_set")
    def put(self, request: Request, currency: str) -> Response:
        """Set or change the rule, and switch it on."""
        asked = TopUpIn.read(request)
        row = topups.set_rule(
            organization_id=self.organization_id,
            currency=currency,
            card_id=asked.pop("card"),
            by=self.actor,
            **asked,
        )
        return Response(TopUpOut(row).data)

    @extend_schema(responses=TopUpOut, operation_id="top_ups_switch_off")
    def delete(self, request: Request, currency: str) -> Response:
        """Switch it off; a top-up that is under way still ends."""
        row = topups.switch_off(
            organization_id=self.organization_id, currency=currency, by=self.actor
        )
        return Response(TopUpOut(row).data)
