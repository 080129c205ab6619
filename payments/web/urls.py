"""Annotators' and clients' money pages."""

from django.urls import path

from payments.web import views

app_name = "payments"
urlpatterns = [
    path("client/money/", views.client, name="client"),
    path("earnings/", views.earnings, name="earnings"),
    path("earnings/statement.csv", views.statement, name="statement"),
    path("payouts/request", views.request_payout, name="payouts_request"),
    path("payouts/setup/", views.setup, name="setup"),
    path("payouts/setup/start", views.setup_start, name="setup_start"),
    path("payouts/return/", views.setup_return, name="setup_return"),
]
