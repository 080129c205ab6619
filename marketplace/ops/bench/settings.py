"""The settings of the web processes under measurement: those of production, and one more view."""

from marketplace.settings import *  # noqa: F403 - all of them

ROOT_URLCONF = "marketplace.ops.bench.urls"
