"""The submission's guard goes, and comes back as a plain trigger (0004)."""

import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tasks", "0002_waiting_submissions")]
    operations = [pgtrigger.migrations.RemoveTrigger(model_name="submission", name="immutable")]
