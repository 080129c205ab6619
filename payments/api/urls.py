"""Money endpoints under /api/v1/."""

from django.urls import path

from payments.api import client, items, top_ups, views

app_name = "payments_api"
urlpatterns = [
    path("organization", views.OrganizationView.as_view(), name="organization"),
    path("deposits", views.DepositsView.as_view(), name="deposits"),
    path("cards", top_ups.CardsView.as_view(), name="cards"),
    path("top-ups", top_ups.TopUpsView.as_view(), name="top_ups"),
    path("top-ups/<str:currency>", top_ups.TopUpView.as_view(), name="top_up"),
    path("deposits/<uuid:deposit_id>", views.DepositView.as_view(), name="deposit"),
    path("refunds", client.RefundsView.as_view(), name="refunds"),
    path("refunds/<uuid:refund_id>", client.RefundView.as_view(), name="refund"),
    path("spend-limits", client.LimitsView.as_view(), name="limits"),
    path("earnings", items.EarningsView.as_view(), name="earnings"),
    path("billing", client.BillingView.as_view(), name="billing"),
]
