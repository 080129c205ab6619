"""Files and functions stay small, imports stand at the top, nothing happens by signal."""

import pytest

from tests.architecture.rules import shape


@pytest.mark.parametrize(
    "rule", [shape.long_files, shape.long_functions, shape.inner_imports, shape.signals]
)
def test_the_project_keeps_the_rule(rule, project):
    assert rule(project) == []


def test_a_file_of_401_lines_is_found(plant):
    plant("tasks/fits.py", "x = 1\n" * 400)
    plant("tasks/migrations/0001_initial.py", "x = 1\n" * 4000)
    plant("marketplace/static/vendor/pico.css", "a {}\n" * 4000)
    root = plant("marketplace/static/js/long.js", "x = 1\n" * 401)
    assert shape.long_files(root) == ["marketplace/static/js/long.js: 401 lines, 400 allowed"]


def test_a_function_of_61_lines_is_found(plant):
    plant("tasks/fits.py", "def fits():\n" + "    x = 1\n" * 59)
    root = plant("tests/long.py", "def long():\n" + "    x = 1\n" * 60)
    assert shape.long_functions(root) == ["tests/long.py:1: long: 61 lines, 60 allowed"]


def test_an_import_inside_a_function_is_found(plant):
    plant("tasks/apps.py", "class Tasks:\n    def ready(self):\n        import tasks.jobs\n")
    root = plant("tasks/late.py", "import os\ndef late():\n    from tasks import jobs\n")
    assert shape.inner_imports(root) == ["tasks/late.py:3: import inside late"]


@pytest.mark.parametrize(
    "line",
    [
        "from django.db.models.signals import post_save",
        "from django.db.models import signals",
        "from django.dispatch import receiver",
        "from allauth.account.signals import user_signed_up",
        "import django.core.signals",
    ],
)
def test_a_signal_is_found(plant, line):
    plant("marketplace/celery.py", "from celery.signals import worker_ready\n")
    root = plant("tasks/hidden.py", line + "\n")
    assert shape.signals(root) == ["tasks/hidden.py:1: a signal: call the action instead"]
