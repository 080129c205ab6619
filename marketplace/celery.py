"""The Celery app. A message is only a wake-up: what must happen is a row (`core.outbox`).

The beat schedule is filled from the registered sweeps once all apps are loaded
(`marketplace.ops.apps`).
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

app = Celery("marketplace")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
