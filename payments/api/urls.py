"""Money endpoints under /api/v1/."""

from django.urls import path

from payments.api import views

app_name = "payments_api"
urlpatterns = [
    path("organization", views.OrganizationView.as_view(), name="organization"),
    path("deposits", views.DepositsView.as_view(), name="deposits"),
    path("deposits/<uuid:deposit_id>", views.DepositView.as_view(), name="deposit"),
]
