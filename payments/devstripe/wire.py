"""How parameters travel: v1 as form fields with brackets, v2 as JSON, queries with brackets."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from payments.devstripe.constants import Json
from payments.devstripe.errors import BadParameter

MAX_DEPTH = 12
MAX_FIELDS = 2000
KEY = re.compile(r"[^\[\]]+|\[[^\[\]]*\]")


def read_form(text: str) -> Json:
    """`a[b]=1&c[0]=2&d[]=3` as `{"a": {"b": "1"}, "c": ["2"], "d": ["3"]}`; leaves stay text.

    Raises BadParameter for keys that contradict each other, nest too deep, or are not UTF-8.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise BadParameter("parameter_invalid", f"Invalid form body: {error}", "body") from error
    tree: Json = {}
    for key, value in pairs:
        _plant(tree, _path(key), value, key)
    return {name: _with_lists(node) for name, node in tree.items()}


def _path(key: str) -> list[str]:
    parts = KEY.findall(key)
    if "".join(parts) != key or not parts or parts[0].startswith("["):
        raise BadParameter("parameter_unknown", f"Received unknown parameter: {key}", key)
    if len(parts) > MAX_DEPTH:
        raise BadParameter("parameter_invalid", f"Parameter is nested too deep: {key}", key)
    return [parts[0], *(part[1:-1] for part in parts[1:])]


def _plant(tree: Json, path: list[str], value: str, key: str) -> None:
    node = tree
    for name in path[:-1]:
        child = node.setdefault(name or str(len(node)), {})
        if not isinstance(child, dict):
            raise BadParameter("parameter_invalid", f"Contradicting parameter: {key}", key)
        node = child
    last = path[-1] or str(len(node))
    if isinstance(node.get(last), dict):
        raise BadParameter("parameter_invalid", f"Contradicting parameter: {key}", key)
    node[last] = value


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(name.isascii() and name.isdigit() for name in node):
        return [_with_lists(node[name]) for name in sorted(node, key=int)]
    return {name: _with_lists(child) for name, child in node.items()}


def read_json(raw: bytes) -> Json:
    """A v2 body. Raises BadParameter unless it is one JSON object."""
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadParameter("invalid_json", f"Invalid JSON body: {error}", "body") from error
    if not isinstance(body, dict):
        raise BadParameter("invalid_json", "The body must be a JSON object.", "body")
    return body
