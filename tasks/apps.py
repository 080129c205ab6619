"""The app `tasks`; its jobs are registered in every process."""

import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TasksConfig(AppConfig):
    """Loads the app's jobs once models are ready."""

    name = "tasks"
    verbose_name = _("Work")

    def ready(self) -> None:
        """Fill the registry of jobs and sweeps."""
        importlib.import_module("tasks.jobs")
