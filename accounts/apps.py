"""The app `accounts`; its jobs are registered in every process."""

import importlib

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Loads the app's jobs once models are ready."""

    name = "accounts"

    def ready(self) -> None:
        """Fill the registry of jobs and sweeps."""
        importlib.import_module("accounts.jobs")
