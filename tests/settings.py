"""The project's settings, with what makes tests fast and repeatable. The servers are real ones."""

import os

# Linters and `makemigrations --check` read settings without any server: these name none.
os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
os.environ.setdefault("SECRET_KEY", "tests-only-" + "0" * 40)
os.environ.setdefault("CLOCK_MOVABLE", "1")
os.environ.setdefault("LOG_LEVEL", "CRITICAL")  # a failing test shows its own words
os.environ.setdefault("STRIPE_SECRET_KEY", "sk_test_local")
os.environ.setdefault("STRIPE_API_BASE", "http://127.0.0.1:1")
os.environ.setdefault("STRIPE_WEBHOOK_SECRETS", "whsec_tests")
os.environ.setdefault("PAYOUT_MINIMUM_MINOR", "100")  # tests earn little
os.environ.setdefault("PAYOUT_WEEKDAY", "7")  # and run on any day
os.environ.setdefault("STRIPE_THIN_WEBHOOK_SECRETS", "whsec_tests_thin")

from marketplace.settings import *  # noqa: F403 - the environment above is read there

STRIPE_TRANSFERS_PER_SECOND = 100_000  # tests of the pace say otherwise
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True  # collectstatic has not run: files are looked up when asked for
