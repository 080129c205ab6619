"""docs/architecture.md lists every folder."""

from tests.architecture.rules import folders


def test_the_page_lists_every_folder(project):
    assert folders.unlisted(project) == []


def test_the_page_lists_no_folder_that_is_gone(project):
    assert folders.imagined(project) == []


def test_a_new_folder_and_a_gone_one_are_found(plant):
    plant("tasks/actions/projects.py", "")
    plant("tasks/helpers/stuff.py", "")
    plant("tasks/migrations/0001_initial.py", "")
    plant("marketplace/templates/deep/er/page.html", "")
    root = plant("docs/architecture.md", "| `tasks/actions/` | verbs |\n| `tasks/old/` | gone |\n")
    assert folders.unlisted(root) == [
        "docs/architecture.md: does not list tasks/helpers/",
        "docs/architecture.md: does not list marketplace/templates/",
        "docs/architecture.md: does not list docs/",
    ]
    assert folders.imagined(root) == ["docs/architecture.md: lists tasks/old/, which is not there"]
