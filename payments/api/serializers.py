"""Shapes of the money endpoints; amounts are whole minor units."""

from rest_framework import serializers

from marketplace.core.api.serializers import StrictSerializer


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
    """How much to pay in."""

    currency = serializers.CharField(min_length=3, max_length=3)
    amount_minor = serializers.IntegerField(min_value=1, max_value=99_999_999)


class DepositOut(serializers.Serializer[object]):
    """`checkout_url` is null for the moment until the payment page is ready: ask again."""

    id = serializers.UUIDField()
    currency = serializers.CharField()
    amount_minor = serializers.IntegerField()
    state = serializers.CharField()
    checkout_url = serializers.SerializerMethodField()
    failure = serializers.CharField()
    created_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)

    def get_checkout_url(self, deposit: object) -> str | None:
        """The hosted payment page, while it can be used."""
        url: str = getattr(deposit, "checkout_url", "")
        return url if url and getattr(deposit, "state", "") == "open" else None
