"""Scripts as production stores them: each import leads to a file that never changes."""

import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from marketplace.core.static import StaticFiles

OURS = settings.BASE_DIR / "marketplace" / "static" / "marketplace" / "js"
IMPORT = re.compile(r"""(?:from|import)\s+["']\./([^"']+)["']""")


@pytest.fixture
def storage(tmp_path):
    """Our scripts as `collectstatic` leaves them."""
    place = tmp_path / "marketplace" / "js"
    shutil.copytree(OURS, place)
    found = StaticFiles(location=str(tmp_path))
    names = [f"marketplace/js/{path.name}" for path in OURS.glob("*.js")]
    for _, _, processed in found.post_process({name: (found, name) for name in names}):
        assert not isinstance(processed, Exception), processed
    return found


def imports(path: Path) -> list[str]:
    return IMPORT.findall(path.read_text())


def test_imports_name_the_files_whose_names_change_with_them(storage):
    seen = set()
    for source in sorted(OURS.glob("*.js")):
        hashed = Path(storage.path(storage.stored_name(f"marketplace/js/{source.name}")))
        assert hashed.name != source.name
        names = imports(hashed)
        assert len(names) == len(imports(source))
        assert all((hashed.parent / name).exists() for name in names)
        assert not set(names) & {path.name for path in OURS.glob("*.js")}
        seen.update(names)
    assert len(seen) == 8


def everything(name: str) -> set[str]:
    """A script and all that it imports."""
    return {name}.union(*(everything(other) for other in imports(OURS / name)))


def test_the_task_pages_scripts_are_asked_for_before_they_are_needed():
    html = render_to_string("tasks/_preload.html")
    assert set(re.findall(r"marketplace/js/(\w+\.js)", html)) == everything("task.js")
