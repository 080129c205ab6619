"""What of `accounts` clients reach under /api/v1/."""

from django.urls import path

from accounts.api import openapi
from accounts.api.domains import DomainsView
from accounts.api.ndas import NdasView

app_name = "accounts_api"
documented = openapi.ApiKeyScheme  # registers itself with the API document

urlpatterns = [
    path("domains", DomainsView.as_view(), name="domains"),
    path("ndas", NdasView.as_view(), name="ndas"),
]
