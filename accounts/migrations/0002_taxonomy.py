"""The domains of the taxonomy file, so that every installation starts with them."""

import json
from pathlib import Path

from django.db import migrations

TAXONOMY = Path(__file__).resolve().parent.parent / "taxonomy.json"


def load(apps, schema_editor):
    """Add the nodes; `manage.py load_taxonomy` keeps them up to date afterwards."""
    domains = apps.get_model("accounts", "Domain").objects
    nodes = json.loads(TAXONOMY.read_text(encoding="utf-8"))
    domains.bulk_create(
        [domains.model(path=path, name=name) for path, name in nodes.items()],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):

    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
