"""Every URL has a line in the permission table, and the API's lines say what the views ask."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver

from tests.architecture.permission_table import Rule, Who

BY_SCOPE = (Who.KEY, Who.SESSION)
Patterns = Iterable[URLPattern | URLResolver]


@dataclass(frozen=True)
class Named:
    """One URL with its full name and its route from the root."""

    name: str
    route: str
    view: Any


def named(patterns: Patterns, namespace: str = "", route: str = "") -> Iterator[Named]:
    """Every URL; of the admin's, not the two unnamed redirects, which lead to named ones."""
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from named(pattern.url_patterns, inner, here)
        elif pattern.name or namespace != "admin:":
            call = pattern.callback
            view = getattr(call, "cls", None) or getattr(call, "view_class", None)
            yield Named(f"{namespace}{pattern.name}", here, view)


def unlisted(patterns: Patterns, table: Mapping[str, Rule]) -> list[str]:
    """URLs without a line."""
    return [
        f"{url.name} ({url.route}) has no line in the permission table"
        for url in named(patterns)
        if url.name not in table
    ]


def imagined(patterns: Patterns, table: Mapping[str, Rule]) -> list[str]:
    """Lines without a URL."""
    names = {url.name for url in named(patterns)}
    return [
        f"{name} is in the permission table and nowhere else" for name in table if name not in names
    ]


def wrong_scopes(patterns: Patterns, table: Mapping[str, Rule]) -> list[str]:
    """API views that answer other methods, or ask other scopes, than their line says."""
    found = []
    for url in named(patterns):
        rule = table.get(url.name)
        asked: Mapping[str, str] | None = getattr(url.view, "scopes", None)
        if (
            rule
            and rule.who in BY_SCOPE
            and asked != dict(zip(rule.methods, rule.scopes, strict=True))
        ):
            found.append(f"{url.name}: the view asks {asked}, its line says {rule}")
        if rule and rule.who not in BY_SCOPE and asked is not None:
            found.append(f"{url.name}: an API view whose line says {rule.who}")
    return found
