"""The wiring on top and the kernel at the bottom; the apps lie between them."""

from marketplace.celery import app as celery_app

__all__ = ["celery_app"]
