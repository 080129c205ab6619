"""The desk: Django admin with our site as the default one."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class DeskAdminConfig(AdminConfig):
    """Django's admin app, with `DeskSite` as `admin.site`."""

    default_site = "marketplace.desk.site.DeskSite"


class DeskConfig(AppConfig):
    """The templates and pages of the desk."""

    name = "marketplace.desk"
    label = "desk"
