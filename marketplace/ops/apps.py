"""Running the marketplace: demo, proof, doctor, bench."""

from celery.schedules import schedule
from django.apps import AppConfig

from marketplace.celery import app
from marketplace.core.registry import SWEEPS


class OpsConfig(AppConfig):
    """Loaded last: by now every app has registered its sweeps."""

    name = "marketplace.ops"
    label = "ops"

    def ready(self) -> None:
        """Put every registered sweep on the beat: plain intervals.

        A message expires before two more come.
        """
        app.conf.beat_schedule = {
            sweep.name: {
                "task": "core.run_sweep",
                "schedule": schedule(sweep.every),
                "args": (sweep.name,),
                "options": {"queue": sweep.queue, "expires": 2 * sweep.every},
            }
            for sweep in SWEEPS.values()
        }
