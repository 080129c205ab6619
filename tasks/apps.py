"""The app `tasks`; its jobs are registered in every process."""

import importlib

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """Loads the app's jobs once models are ready."""

    name = "tasks"

    def ready(self) -> None:
        """Fill the registry of jobs and sweeps."""
        importlib.import_module("tasks.jobs")
