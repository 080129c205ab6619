"""What of `accounts` clients reach under /api/v1/."""

from django.urls import path

from accounts.api.domains import DomainsView

app_name = "accounts_api"

urlpatterns = [path("domains", DomainsView.as_view(), name="domains")]
