"""A state is moved by a verb: no serializer and no form takes one from outside."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.rules.source import chain, sources

STATES = {"state", "status"}
OUT = "Out"  # shapes of replies are named so, and are never given data


def writable(root: Path) -> list[str]:
    """Serializers and model forms that would take a state."""
    return [
        source.at(found, f"{node.name} would take {name}: call the verb that moves it")
        for source in sources(root)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
        for found, name in _fields(node)
    ]


def fed_replies(root: Path) -> list[str]:
    """Shapes of replies that are given data, so that what they show could be written."""
    return [
        source.at(node, f"{chain(node.func)[-1]} is the shape of a reply: it takes no data")
        for source in sources(root)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and chain(node.func)[-1:] != []
        and chain(node.func)[-1].endswith(OUT)
        and any(word.arg == "data" for word in node.keywords)
    ]


def _fields(node: ast.ClassDef) -> Iterator[tuple[ast.AST, str]]:
    bases = {part for base in node.bases for part in chain(_plain(base))}
    if any(base.endswith(("ModelSerializer", "ModelForm")) for base in bases):
        yield from _of_meta(node)
    if any(base.endswith("Serializer") for base in bases) and not node.name.endswith(OUT):
        yield from _declared(node)


def _plain(base: ast.expr) -> ast.expr:
    """`Serializer[Project]` without what it is of."""
    return base.value if isinstance(base, ast.Subscript) else base


def _declared(node: ast.ClassDef) -> Iterator[tuple[ast.AST, str]]:
    for line in node.body:
        for target in line.targets if isinstance(line, ast.Assign) else ():
            if isinstance(target, ast.Name) and target.id in STATES and not _read_only(line.value):
                yield line, target.id


def _read_only(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and any(
        word.arg == "read_only" and ast.unparse(word.value) == "True" for word in value.keywords
    )


def _of_meta(node: ast.ClassDef) -> Iterator[tuple[ast.AST, str]]:
    metas = [one for one in node.body if isinstance(one, ast.ClassDef) and one.name == "Meta"]
    for meta in metas:
        said = {
            target.id: line.value
            for line in meta.body
            if isinstance(line, ast.Assign)
            for target in line.targets
            if isinstance(target, ast.Name)
        }
        fields = _words(said.get("fields"))
        locked = said.get("read_only_fields")
        if isinstance(locked, ast.Name) and locked.id == "fields":
            continue
        taken = STATES if fields is None else STATES & fields
        yield from ((meta, name) for name in sorted(taken - (_words(locked) or set())))


def _words(value: ast.expr | None) -> set[str] | None:
    """The texts of a list, or None for anything else (`"__all__"`, nothing)."""
    if not isinstance(value, ast.List | ast.Tuple):
        return None
    return {one.value for one in value.elts if isinstance(one, ast.Constant)}
