"""The staff's site; sign-in goes through the accounts pages, so MFA and rate limits hold there."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from marketplace.desk import waiting


class DeskSite(AdminSite):
    """Django admin under our name, with what waits on its home."""

    site_header = _("Expert Marketplace desk")
    site_title = _("Desk")
    index_title = _("What waits for you")
    index_template = "desk/index.html"
    login = secure_admin_login(AdminSite.login)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The home: the counts first, the tables below."""
        return super().index(request, {**(extra_context or {}), "waiting": waiting.everything()})
