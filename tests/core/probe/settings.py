"""What the killed worker runs with: the kernel and people, no other app's sweeps, and the probe."""

from tests.settings import *  # noqa: F403 - the tests' settings, with other apps

_LEFT_OUT = {"tasks", "payments", "marketplace.desk.apps.DeskConfig", "marketplace.ops"}
INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig" if name.endswith("DeskAdminConfig") else name
    for name in INSTALLED_APPS  # noqa: F405
    if name not in _LEFT_OUT
] + ["tests.core.probe"]
ROOT_URLCONF = "tests.core.urls"
SUBSCRIPTIONS = "tests.core.probe.settings.NO_SUBSCRIPTIONS"
NO_SUBSCRIPTIONS: dict[str, tuple[str, ...]] = {}
