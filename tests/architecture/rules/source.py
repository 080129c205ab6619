"""Walk a tree of source files and read them as syntax."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

APPS = ("tasks", "payments", "accounts")
ROOMS = (*APPS, "marketplace")
DOORS = {"api", "web", "admin", "jobs", "webhooks", "management", "templatetags"}
NOT_OURS = {"migrations", "vendor", "__pycache__"}


@cache
def _parsed(path: Path, _changed: int) -> ast.Module:
    """Many rules read the same files: parse each once."""
    return ast.parse(path.read_text())


@dataclass(frozen=True)
class Source:
    """One Python file, named by its path from the root of the tree."""

    root: Path
    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(self.root).as_posix()

    @property
    def parts(self) -> tuple[str, ...]:
        """The dotted name, in parts: tasks/web/work.py is ("tasks", "web", "work")."""
        return self.path.relative_to(self.root).with_suffix("").parts

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        return _parsed(self.path, self.path.stat().st_mtime_ns)

    def at(self, node: ast.AST, message: str) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 1)}: {message}"


def files(root: Path, folders: Iterable[str], *suffixes: str) -> Iterator[Path]:
    """Files of our own below `folders`, in order."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root).parts
            if path.suffix in suffixes and path.is_file() and not NOT_OURS.intersection(inside):
                yield path


def sources(root: Path, folders: Iterable[str] = ROOMS) -> Iterator[Source]:
    """The Python files below `folders`."""
    return (Source(root, path) for path in files(root, folders, ".py"))


def doors(root: Path) -> Iterator[Source]:
    """The files where something enters an app, and the staff pages that span apps."""
    for source in sources(root):
        first, *rest = source.parts
        if (first in APPS and rest and rest[0] in DOORS) or source.parts[:2] == (
            "marketplace",
            "desk",
        ):
            yield source


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def chain(node: ast.expr) -> list[str]:
    """The names along `a.b(...).c`, from the left: ["a", "b", "c"]; "" for what has no name."""
    match node:
        case ast.Name():
            return [node.id]
        case ast.Attribute():
            return [*chain(node.value), node.attr]
        case ast.Call():
            return chain(node.func)
        case ast.Subscript():
            return chain(node.value)
        case _:
            return [""]


def imported_from(tree: ast.AST, room: str) -> set[str]:
    """Names a file imports from any app's `room`: `from tasks.actions import reviews`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and room in (node.module or "").split("."):
            found |= {alias.asname or alias.name for alias in node.names}
    return found
