"""Migrations are complete."""

from django.db import models

from tests.architecture.rules import migrations


def test_migrations_say_all_that_models_say():
    assert migrations.missing(migrations.present()) == []


def test_a_forgotten_field_is_found():
    state = migrations.written()
    state.add_field("tasks", "task", "planted", models.TextField(null=True), preserve_default=True)
    assert migrations.missing(state) == ["tasks: Add field planted to task"]


def test_a_dropped_constraint_is_found():
    state = migrations.written()
    state.models["tasks", "task"].options["constraints"] = []
    assert migrations.missing(state)
    assert all("Remove constraint" in line for line in migrations.missing(state))
