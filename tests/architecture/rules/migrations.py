"""Migrations say all that the models say."""

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState


def missing(wanted: ProjectState) -> list[str]:
    """What a new migration would have to do to reach `wanted`, for our own apps."""
    found = MigrationAutodetector(
        written(), wanted, NonInteractiveMigrationQuestioner(specified_apps=set(), dry_run=True)
    ).changes(graph=MigrationLoader(None).graph)
    return [
        f"{label}: {operation.describe()}"
        for label, migrations in found.items()
        for migration in migrations
        for operation in migration.operations
    ]


def written() -> ProjectState:
    """What the migrations say."""
    return MigrationLoader(None).project_state()


def present() -> ProjectState:
    """What the models say."""
    return ProjectState.from_apps(apps)
