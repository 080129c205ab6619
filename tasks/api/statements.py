"""A client's statements, for its API keys."""

from collections.abc import Mapping

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Organization
from marketplace.core.api.views import ApiView
from payments.report import paper
from payments.selectors import client_month, client_papers, movements
from payments.selectors.client_month import Month
from tasks.selectors import pots


class StatementsOut(serializers.Serializer[object]):
    """The months that have a statement, newest first."""

    results = serializers.ListField(child=serializers.RegexField(r"^\d{4}-\d{2}$"))


class StatementLineOut(serializers.Serializer[object]):
    """What brought money (positive) or took it: `fund`, `refund`, `dispute` and so on."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    method = serializers.CharField(help_text="Of a deposit: card, bank_transfer and so on.")
    reference = serializers.CharField(
        help_text="Number of the invoice, or id of the payment, refund or dispute."
    )
    invoice = serializers.CharField(help_text="Its id at Stripe; empty where there is none.")
    pot = serializers.CharField(allow_null=True, help_text="`project:<id>`")
    project = serializers.CharField(allow_null=True, help_text="Its name.")
    amount_minor = serializers.IntegerField()


class StatementSpendOut(serializers.Serializer[object]):
    """What accepted work of one kind cost in one project and ISO week (UTC)."""

    pot = serializers.CharField()
    project = serializers.CharField(allow_null=True)
    week = serializers.RegexField(r"^\d{4}-W\d{2}$")
    kind = serializers.CharField(help_text="work, review, adjudication or kill_fee")
    items = serializers.IntegerField()
    pay_minor = serializers.IntegerField(help_text="To experts.")
    fee_minor = serializers.IntegerField(help_text="To the platform.")


class StatementCurrencyOut(serializers.Serializer[object]):
    """`opening_minor` + the lines - `pay_minor` - `fee_minor` = `closing_minor`."""

    currency = serializers.CharField()
    opening_minor = serializers.IntegerField()
    pay_minor = serializers.IntegerField()
    fee_minor = serializers.IntegerField()
    closing_minor = serializers.IntegerField()
    lines = StatementLineOut(many=True)
    spent = StatementSpendOut(many=True)


class StatementOut(serializers.Serializer[object]):
    """A month, a currency each."""

    month = serializers.RegexField(r"^\d{4}-\d{2}$")
    currencies = StatementCurrencyOut(many=True)


class StatementsView(ApiView):
    """The organization's statements."""

    scopes = {"GET": "money:read"}

    @extend_schema(responses=StatementsOut, operation_id="statements_list")
    def get(self, request: Request) -> Response:
        """The months in which money moved."""
        months = client_month.months(self.organization_id)
        return Response({"results": [f"{one:%Y-%m}" for one in months]})


class StatementView(ApiView):
    """One month."""

    scopes = {"GET": "money:read"}

    @extend_schema(responses=StatementOut, operation_id="statements_read")
    def get(self, request: Request, year: int, number: int) -> Response:
        """Opening, each movement, spend by project and week, closing; from the ledger alone."""
        span = movements.asked_month(year, number)
        names = pots.names(self.organization_id)
        found = client_month.of(self.organization_id, span)
        shown = {
            "month": f"{year}-{number:02d}",
            "currencies": [_shown(one, names) for one in found],
        }
        return Response(StatementOut(shown).data)


class StatementPdfView(ApiView):
    """One month on paper."""

    scopes = {"GET": "money:read"}

    @extend_schema(
        responses={(200, "application/pdf"): OpenApiTypes.BINARY}, operation_id="statements_pdf"
    )
    def get(self, request: Request, year: int, number: int) -> HttpResponse:
        """With the billing data of both sides."""
        span = movements.asked_month(year, number)
        row = Organization.objects.visible_to(self.actor).get()
        told = client_papers.month(row, span, pots.names(row.pk))
        return HttpResponse(paper.write(told), content_type="application/pdf")


def _shown(found: Month, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "currency": found.currency,
        "opening_minor": found.opening_minor,
        "pay_minor": found.pay_minor,
        "fee_minor": found.fee_minor,
        "closing_minor": found.closing_minor,
        "lines": [
            {
                "at": one.at,
                "kind": one.kind,
                "method": one.method,
                "reference": one.reference,
                "invoice": one.invoice,
                "pot": one.pot,
                "project": names.get(one.pot or ""),
                "amount_minor": one.amount_minor,
            }
            for one in found.lines
        ],
        "spent": [
            {
                "pot": each.pot,
                "project": names.get(each.pot),
                "week": each.week,
                "kind": each.kind,
                "items": each.items,
                "pay_minor": each.pay_minor,
                "fee_minor": each.fee_minor,
            }
            for each in found.spent
        ],
    }
