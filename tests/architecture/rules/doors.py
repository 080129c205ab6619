"""Doors parse, call one action, render. They neither write nor read past the tenant filter."""

import ast
from pathlib import Path

from tests.architecture.rules.source import Source, chain, doors, functions, imported_from, sources

WRITES = {
    "save", "asave", "create", "acreate", "delete", "adelete", "bulk_create", "bulk_update",
    "get_or_create", "update_or_create",
}  # fmt: skip
MANAGERS = {"objects", "_default_manager", "_base_manager"}
HTTP = ("django.http", "django.shortcuts", "django.urls", "rest_framework", "allauth")


def writes(root: Path) -> list[str]:
    """Calls in a door that change rows. A call of an action, `projects.create(...)`, is none."""
    return [
        source.at(node, f"{ast.unparse(node.func)}(): a door does not write")
        for source in doors(root)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and _writes(node, imported_from(source.tree, "actions"))
    ]


def _writes(call: ast.Call, actions: set[str]) -> bool:
    names = chain(call.func)
    if not isinstance(call.func, ast.Attribute) or names[0] in actions | {"super"}:
        return False
    # QuerySet.update takes keywords only; dict.update and hash.update mostly do not
    return names[-1] in WRITES or (names[-1] in {"update", "aupdate"} and bool(call.keywords))


def unscoped_reads(root: Path) -> list[str]:
    """Managers that a door uses otherwise than `Model.objects.visible_to(actor)`."""
    return [fault for source in doors(root) for fault in _unscoped(source)]


def _unscoped(source: Source) -> list[str]:
    scoped = {
        id(node.value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr == "visible_to"
    }
    return [
        source.at(node, f"{ast.unparse(node)}: a door reads by visible_to(actor) or a selector")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS and id(node) not in scoped
    ]


def http_in_actions(root: Path) -> list[str]:
    """Actions and selectors that import Django's HTTP side; DRF is a contract of import-linter."""
    found = []
    for source in sources(root):
        if not {"actions", "selectors", "models"}.intersection(source.parts):
            continue
        for node in ast.walk(source.tree):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if module.startswith(HTTP):
                found.append(source.at(node, f"imports {module}: actions do not know HTTP"))
    return found


def hidden_actors(root: Path) -> list[str]:
    """Verbs of actions/ whose `by` can be given by position: who acts is always written out."""
    return [
        source.at(node, f"{node.name}: `by` is keyword-only")
        for source in sources(root)
        if source.parts[1:2] == ("actions",)
        for node in functions(source.tree)
        if not node.name.startswith("_")
        and _is_verb(node)
        and "by" in {argument.arg for argument in (*node.args.posonlyargs, *node.args.args)}
    ]


def _is_verb(node: ast.AST) -> bool:
    """A verb opens a transaction or leaves an audit entry; what only looks is a help to verbs."""
    calls = [chain(inner.func) for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    return any(names[-1] == "atomic" or names[-2:] == ["audit", "record"] for names in calls)
