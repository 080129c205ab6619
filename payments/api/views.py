"""Deposits and balances, for an organization's API keys."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Organization
from marketplace.core.api.pagination import Cursor
from marketplace.core.api.views import ApiView
from marketplace.core.errors import NotFound
from payments.actions import deposits
from payments.api.serializers import DepositIn, DepositOut, OrganizationOut
from payments.models import Deposit
from payments.selectors import balances


class OrganizationView(ApiView):
    """The organization that the key belongs to."""

    scopes = {"GET": "money:read"}

    @extend_schema(responses=OrganizationOut, operation_id="organization")
    def get(self, request: Request) -> Response:
        """Name and prepaid balances."""
        row = Organization.objects.visible_to(self.actor).get()
        return Response(
            OrganizationOut(
                {"id": row.pk, "name": row.name, "balances": balances.client(row.pk)}
            ).data
        )


class DepositsView(ApiView):
    """Money on its way in."""

    scopes = {"GET": "money:read", "POST": "money:write"}

    @extend_schema(responses=DepositOut(many=True), operation_id="deposits_list")
    def get(self, request: Request) -> Response:
        """The organization's deposits, newest first."""
        return Cursor.answer(self, Deposit.objects.visible_to(self.actor), DepositOut)

    @extend_schema(request=DepositIn, responses={201: DepositOut}, operation_id="deposits_create")
    def post(self, request: Request) -> Response:
        """Ask for a payment page or an invoice; its address comes within moments."""
        asked = DepositIn.read(request)
        row = deposits.request_deposit(organization_id=self.organization_id, by=self.actor, **asked)
        return Response(DepositOut(row).data, status=201)


class DepositView(ApiView):
    """One deposit."""

    scopes = {"GET": "money:read"}

    @extend_schema(responses=DepositOut, operation_id="deposits_read")
    def get(self, request: Request, deposit_id: UUID) -> Response:
        """Its state, and the payment page while it is open."""
        row = Deposit.objects.visible_to(self.actor).filter(pk=deposit_id).first()
        if row is None:
            raise NotFound("deposit")
        return Response(DepositOut(row).data)
