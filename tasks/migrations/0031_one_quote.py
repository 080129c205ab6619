"""A claim takes price and rules of one moment, also when both change while it is made."""

from django.db import migrations

from tasks.matching import claim, quote


class Migration(migrations.Migration):
    """The functions `tasks_quote` and `tasks_claim` anew."""

    dependencies = [("tasks", "0030_ends_of_claims")]
    operations = [
        migrations.RunSQL(quote.CREATE, migrations.RunSQL.noop),
        migrations.RunSQL(claim.CREATE, migrations.RunSQL.noop),
    ]
