"""The app `payments`; its jobs are registered in every process."""

import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    """Loads the app's jobs once models are ready."""

    name = "payments"
    verbose_name = _("Money")

    def ready(self) -> None:
        """Fill the registry of jobs and sweeps."""
        importlib.import_module("payments.jobs")
