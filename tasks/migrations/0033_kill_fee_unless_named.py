"""Pay rules that name no kill fee mean half of the expected pay."""

from django.db import migrations

from tasks.matching import quote


class Migration(migrations.Migration):
    dependencies = [("tasks", "0032_funds_low")]
    operations = [migrations.RunSQL(quote.CREATE, migrations.RunSQL.noop)]
