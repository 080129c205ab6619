"""The staff's site; sign-in goes through the accounts pages, so that MFA and rate limits cover staff too."""

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class DeskSite(AdminSite):
    """Django admin under our name."""

    site_header = _("Expert Marketplace desk")
    site_title = _("Desk")
    index_title = _("What waits for you")
    login = secure_admin_login(AdminSite.login)  # type: ignore[assignment]
