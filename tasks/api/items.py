"""A project's paid items for its client: price, fee, pay and where the money is."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.pagination import Cursor
from payments.selectors import items
from tasks.api.projects import ProjectApi
from tasks.selectors import item_tasks


class ItemLineOut(serializers.Serializer[object]):
    """A part of the pay: base, bonus, rush, correction, floor and so on; they sum to it."""

    kind = serializers.CharField()
    amount_minor = serializers.IntegerField()
    text = serializers.CharField()


class ItemOut(serializers.Serializer[object]):
    """`client_minor` = `fee_minor` + `pay_minor`; the annotator reads the same figures.

    Reviews and adjudications tell no state, no days and no parts of the pay: these would be the
    same as on the answers of the same person.
    """

    id = serializers.UUIDField(source="item.id")
    kind = serializers.CharField(
        source="item.kind", help_text="work, review, adjudication or kill_fee"
    )
    task_id = serializers.UUIDField(allow_null=True)
    external_id = serializers.CharField(allow_blank=True)
    annotator = serializers.UUIDField(
        allow_null=True, help_text="The pseudonym of who answered; null for reviews."
    )
    currency = serializers.CharField(source="item.currency")
    client_minor = serializers.IntegerField(source="item.client_minor", help_text="You paid.")
    fee_minor = serializers.IntegerField(source="item.fee_minor", help_text="The platform's.")
    pay_minor = serializers.IntegerField(source="item.pay_minor", help_text="The expert's.")
    lines = ItemLineOut(many=True)
    returned_minor = serializers.IntegerField(
        source="item.returned_minor", help_text="Came back to the project: it was taken back."
    )
    taken_back_minor = serializers.IntegerField(
        source="item.taken_back_minor",
        help_text="Taken back of the expert's pay, before or after it was paid.",
    )
    state = serializers.CharField(
        allow_null=True,
        help_text="pending, payable, in_transit, paid or taken; null for reviews.",
    )
    hold_until = serializers.DateField(
        allow_null=True, help_text="The day, while it waits; null for reviews."
    )
    hold_reason = serializers.CharField(allow_blank=True)
    payout_sent_on = serializers.DateField(allow_null=True, help_text="Null for reviews.")
    bank_on = serializers.DateField(allow_null=True, help_text="Once it is there.")
    accepted_at = serializers.DateTimeField(source="item.accepted_at")


class ItemsView(ProjectApi):
    """What was paid for."""

    scopes = {"GET": "money:read"}

    @extend_schema(responses=ItemOut(many=True), operation_id="items_list")
    def get(self, request: Request, project_id: UUID) -> Response:
        """Each paid answer, review, adjudication and kill fee, newest first."""
        rows = items.of_pot(self.project(project_id).pot)
        cursor = Cursor()
        found = cursor.paginate_queryset(rows, request, self)
        return cursor.get_paginated_response(ItemOut(item_tasks.told(found), many=True).data)
