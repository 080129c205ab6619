"""Small rooms: short files, short functions, imports at the top, no signals."""

import ast
from pathlib import Path

from tests.architecture.rules.source import ROOMS, Source, files, functions, sources

FILE_LINES = 400
FUNCTION_LINES = 60
EVERYWHERE = (*ROOMS, "tests")
SIGNAL_MODULES = ("django.dispatch", "blinker")


def long_files(root: Path) -> list[str]:
    """Files of more than 400 lines, of any language we write."""
    found = []
    for path in files(root, EVERYWHERE, ".py", ".js", ".css", ".html", ".sql"):
        lines = len(path.read_text().splitlines())
        if lines > FILE_LINES:
            found.append(f"{path.relative_to(root)}: {lines} lines, {FILE_LINES} allowed")
    return found


def long_functions(root: Path) -> list[str]:
    """Functions of more than 60 lines."""
    found = []
    for source in sources(root, EVERYWHERE):
        for node in functions(source.tree):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES:
                found.append(source.at(node, f"{node.name}: {lines} lines, 60 allowed"))
    return found


def inner_imports(root: Path) -> list[str]:
    """Imports inside functions; only AppConfig.ready may, because apps are not loaded before."""
    found = []
    for source in sources(root, ROOMS):
        for node in functions(source.tree):
            if node.name == "ready" and source.path.name == "apps.py":
                continue
            found += [
                source.at(inner, f"import inside {node.name}")
                for inner in ast.walk(node)
                if isinstance(inner, ast.Import | ast.ImportFrom)
            ]
    return found


def signals(root: Path) -> list[str]:
    """Django's signals, sent or received: an effect nobody reads at the place that causes it."""
    return [
        source.at(node, "a signal: call the action instead")
        for source in sources(root, ROOMS)
        for node in ast.walk(source.tree)
        if _imports_signals(source, node)
    ]


def _imports_signals(source: Source, node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        modules = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    elif isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    else:
        return False
    ours = [name for name in modules if not name.startswith("celery.")]
    return any(name.endswith(".signals") or name.startswith(SIGNAL_MODULES) for name in ours)
