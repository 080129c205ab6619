"""Shapes of the money endpoints; amounts are whole minor units."""

from rest_framework import serializers

from marketplace.core.api.serializers import StrictSerializer
from payments.states import DepositMethod


class BalanceOut(serializers.Serializer[object]):
    """Money paid in and not yet given to a project."""

    currency = serializers.CharField()
    prepaid_minor = serializers.IntegerField()


class OrganizationOut(serializers.Serializer[object]):
    """The key's organization."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    balances = BalanceOut(many=True)


class DepositIn(StrictSerializer):
    """How much to pay in, and how: by card, or by an invoice that is paid by bank transfer."""

    method = serializers.ChoiceField(
        choices=[DepositMethod.CARD, DepositMethod.BANK_TRANSFER], default=DepositMethod.CARD
    )
    currency = serializers.CharField(min_length=3, max_length=3)
    amount_minor = serializers.IntegerField(min_value=1, max_value=99_999_999)


class DepositOut(serializers.Serializer[object]):
    """`checkout_url` is where it is paid: null until the page is ready (ask again), and once it is
    over. `received_minor` is what came of an invoice so far: prepaid once it is all there.
    `invoice` is its id at Stripe and `invoice_number` the number that is printed on it.
    """

    id = serializers.UUIDField()
    method = serializers.CharField()
    currency = serializers.CharField()
    amount_minor = serializers.IntegerField()
    received_minor = serializers.IntegerField()
    state = serializers.CharField()
    invoice = serializers.CharField(allow_null=True)
    invoice_number = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)
    checkout_url = serializers.SerializerMethodField()
    failure = serializers.CharField()
    created_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)

    def get_checkout_url(self, deposit: object) -> str | None:
        """The hosted payment page, while it can be used."""
        url: str = getattr(deposit, "checkout_url", "")
        return url if url and getattr(deposit, "state", "") == "open" else None


class CardOut(serializers.Serializer[object]):
    """A saved card. It is saved by a person, on the page of the organization's deposits."""

    id = serializers.UUIDField()
    brand = serializers.CharField()
    last4 = serializers.CharField()
    exp_month = serializers.IntegerField()
    exp_year = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class TopUpIn(StrictSerializer):
    """Below `floor_minor` of prepaid money, charge `amount_minor` to the card."""

    floor_minor = serializers.IntegerField(min_value=1, max_value=99_999_999)
    amount_minor = serializers.IntegerField(min_value=1, max_value=99_999_999)
    ceiling_minor = serializers.IntegerField(min_value=1, max_value=99_999_999_000)
    card = serializers.UUIDField()


class TopUpOut(serializers.Serializer[object]):
    """A rule, and why it is off where it is. `ceiling_minor` is for a calendar month (UTC)."""

    currency = serializers.CharField()
    floor_minor = serializers.IntegerField()
    amount_minor = serializers.IntegerField()
    ceiling_minor = serializers.IntegerField()
    card = serializers.UUIDField(source="card_id")
    active = serializers.BooleanField()
    off_reason = serializers.CharField()
