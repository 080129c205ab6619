"""docs/architecture.md names every folder, and none that is not there."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.rules.source import NOT_OURS, ROOMS

PAGE = Path("docs", "architecture.md")
_LINE = re.compile(r"^\| `([\w./-]+)/` \|", re.MULTILINE)
_WRITTEN = {".py", ".html", ".txt", ".css", ".js", ".svg", ".yaml", ".json", ".md"}


def folders(root: Path) -> Iterator[str]:
    """Folders that hold something written; below templates/ and static/ the first level counts."""
    for room in (*ROOMS, "tests", "docs", ".ci"):
        below = [root / room, *(root / room).rglob("*/")] if (root / room).exists() else []
        for folder in sorted(below):
            inside = folder.relative_to(root).parts
            deep = any(name in inside[:-1] for name in ("templates", "static", "contracts"))
            if not deep and not NOT_OURS.intersection(inside) and _holds_something(folder):
                yield folder.relative_to(root).as_posix()


def unlisted(root: Path) -> list[str]:
    """Folders that the page leaves out."""
    listed = set(_LINE.findall((root / PAGE).read_text()))
    return [f"{PAGE}: does not list {name}/" for name in folders(root) if name not in listed]


def imagined(root: Path) -> list[str]:
    """Folders that the page lists and that are not there."""
    listed = _LINE.findall((root / PAGE).read_text())
    return [
        f"{PAGE}: lists {name}/, which is not there"
        for name in listed
        if not (root / name).is_dir()
    ]


def _holds_something(folder: Path) -> bool:
    deep = folder.name in {"templates", "static", "contracts"}
    paths = folder.rglob("*") if deep else folder.iterdir()
    return any(path.is_file() and (path.suffix in _WRITTEN or not path.suffix) for path in paths)
