"""Doors write nothing and read through the tenant filter; actions know no HTTP and who acts."""

import pytest

from tests.architecture.rules import doors


@pytest.mark.parametrize(
    "rule", [doors.writes, doors.unscoped_reads, doors.http_in_actions, doors.hidden_actors]
)
def test_the_project_keeps_the_rule(rule, project):
    assert rule(project) == []


@pytest.mark.parametrize("room", ["api", "web", "admin", "management/commands", "templatetags"])
@pytest.mark.parametrize(
    "call",
    [
        "project.save()",
        "Project.objects.visible_to(actor).create",
        "Project.objects.visible_to(actor).filter(pk=1).update",
        "project.tasks.all().delete",
        "Task.objects.visible_to(actor).bulk_create",
    ],
)
def test_a_write_in_a_door_is_found(plant, room, call):
    line = call if call.endswith("()") else f"{call}(state='paused')"
    root = plant(f"tasks/{room}/view.py", f"def view(request):\n    {line}\n")
    assert doors.writes(root) == [
        f"tasks/{room}/view.py:2: {call.removesuffix('()')}(): a door does not write"
    ]


@pytest.mark.parametrize("path", ["tasks/jobs.py", "payments/webhooks.py", "marketplace/desk/a.py"])
def test_a_write_in_a_door_of_one_file_is_found(plant, path):
    root = plant(path, "def view(row):\n    row.save()\n")
    assert len(doors.writes(root)) == 1


def test_actions_and_dicts_may_be_called(plant):
    plant("tasks/actions/projects.py", "def create(row):\n    row.save()\n")
    root = plant(
        "tasks/web/view.py",
        "from tasks.actions import projects\n"
        "def view(request, context):\n"
        "    projects.create(by=request.actor)\n"
        "    context.update({'a': 1})\n"
        "    super().save()\n",
    )
    assert doors.writes(root) == []


@pytest.mark.parametrize(
    "reading", ["Project.objects.all()", "Project.objects.get(pk=1)", "Project._default_manager"]
)
def test_a_read_past_the_tenant_filter_is_found(plant, reading):
    plant("tasks/web/good.py", "rows = Project.objects.visible_to(actor).filter(state='open')\n")
    plant("tasks/selectors/fine.py", f"rows = {reading}\n")
    root = plant("tasks/api/bad.py", f"rows = {reading}\n")
    found = doors.unscoped_reads(root)
    assert [line.split(" ")[0] for line in found] == ["tasks/api/bad.py:1:"]


@pytest.mark.parametrize("module", ["django.http", "django.shortcuts", "rest_framework.response"])
def test_an_action_that_knows_http_is_found(plant, module):
    root = plant("tasks/actions/web.py", f"from {module} import anything\n")
    assert doors.http_in_actions(root) == [
        f"tasks/actions/web.py:1: imports {module}: actions do not know HTTP"
    ]


@pytest.mark.parametrize(
    "line", ["audit.record('x', row, by=by)", "with transaction.atomic(): ..."]
)
def test_an_action_whose_actor_goes_by_position_is_found(plant, line):
    plant("tasks/actions/good.py", f"def verb(*, by):\n    {line}\n")
    plant("tasks/actions/help.py", f"def may(row, by): ...\ndef _help(row, by):\n    {line}\n")
    root = plant("tasks/actions/bad.py", f"def verb(row, by):\n    {line}\n")
    assert doors.hidden_actors(root) == ["tasks/actions/bad.py:1: verb: `by` is keyword-only"]
