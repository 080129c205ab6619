"""The audit trail's guards go, and come back as plain triggers (0005)."""

import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0003_audit_no_truncate")]
    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="auditentry", name="append_only"),
        pgtrigger.migrations.RemoveTrigger(model_name="auditentry", name="no_truncate"),
    ]
