"""Deposits, reservations, earnings, accounts and Stripe's events, to read."""

from django.contrib import admin

from marketplace.core.admin import ReadOnlyAdmin
from payments.models import ConnectedAccount, Deposit, Earning, Reservation, StripeEvent


@admin.register(Deposit)
class DepositAdmin(ReadOnlyAdmin):
    """Clients' money on its way in."""

    list_display = ["organization", "amount_minor", "currency", "state", "created_at", "paid_at"]
    list_filter = ["state", "currency"]
    list_select_related = ["organization"]
    ordering = ["-id"]


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    """What claims have reserved."""

    list_display = ["holder", "pot", "price_minor", "fee_minor", "currency", "state", "created_at"]
    list_filter = ["state", "currency"]
    search_fields = ["holder", "pot"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(Earning)
class EarningAdmin(ReadOnlyAdmin):
    """What annotators earned, with the reason of each hold."""

    list_display = ["annotator", "label", "amount_minor", "currency", "state", "hold_until"]
    list_filter = ["state", "currency"]
    list_select_related = ["annotator__user"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(ConnectedAccount)
class ConnectedAccountAdmin(ReadOnlyAdmin):
    """Annotators' accounts at Stripe, as last read."""

    list_display = ["annotator", "stripe_account", "transfers", "checked_at"]
    list_filter = ["transfers"]
    list_select_related = ["annotator__user"]
    search_fields = ["stripe_account"]


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    """What Stripe told us."""

    list_display = ["id", "type", "state", "received_at", "applied_at"]
    list_filter = ["state", "type"]
    search_fields = ["id", "object_id"]
    ordering = ["-received_at"]
    show_full_result_count = False
