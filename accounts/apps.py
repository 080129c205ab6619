"""The app `accounts`; its jobs are registered in every process."""

import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Loads the app's jobs once models are ready."""

    name = "accounts"
    verbose_name = _("People and access")

    def ready(self) -> None:
        """Fill the registry of jobs and sweeps."""
        importlib.import_module("accounts.jobs")
