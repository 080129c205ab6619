"""The quote of a claim is made and frozen inside it."""

from django.db import migrations

from tasks.matching import claim, quote


class Migration(migrations.Migration):
    dependencies = [("tasks", "0028_quote_laid"), ("accounts", "0001_initial")]
    operations = [
        migrations.RunSQL(quote.CREATE, quote.DROP),
        migrations.RunSQL(claim.CREATE, migrations.RunSQL.noop),
    ]
