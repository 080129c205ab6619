"""What the web server loads."""

import os

import django

from marketplace.core.wsgi import Application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
django.setup(set_prefix=False)

application = Application()
