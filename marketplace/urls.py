"""Every door on one page."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from marketplace.core.files import download
from marketplace.core.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    # Clients' programs
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/", include("payments.api.urls")),
    path("api/v1/", include("tasks.api.urls")),
    path(
        "api/v1/openapi.yaml",
        SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]),
        name="openapi",
    ),
    path(
        "api/v1/docs",
        SpectacularSwaggerSplitView.as_view(
            url_name="openapi", authentication_classes=[], permission_classes=[]
        ),
        name="api_docs",
    ),
    # Annotators and clients on the web
    path("", include("accounts.web.urls")),
    path("", include("tasks.web.urls")),
    path("", include("payments.web.urls")),
    path("accounts/", include("allauth.urls")),
    # Staff
    path("admin/", admin.site.urls),
    path("files/<str:token>/", download, name="core_file"),
    # Machines
    path("webhooks/stripe/", include("payments.webhooks")),
    path("healthz", healthz, name="healthz"),
]
handler400 = "marketplace.core.pages.bad_request"
handler403 = "marketplace.core.pages.forbidden"
handler404 = "marketplace.core.pages.not_found"
handler500 = "marketplace.core.pages.server_error"
