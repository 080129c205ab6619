"""The kernel as a Django app, label `core`."""

import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """Holds the outbox, the audit trail, idempotency keys, private files and the clock."""

    name = "marketplace.core"
    label = "core"
    verbose_name = _("Machines and the audit trail")

    def ready(self) -> None:
        """Fill the registry of jobs and sweeps."""
        importlib.import_module("marketplace.core.jobs")
