"""The taxonomy as a tree: a path contains itself and all paths that start with it and a dot."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts.models import Domain


def contains(path: str, other: str) -> bool:
    """Whether `other` is `path` or lies below it."""
    return other == path or other.startswith(f"{path}.")


def within(path: str, field: str = "path") -> Q:
    """Rows whose `field`, a text such as `domain__path`, is `path` or lies below it."""
    return Q(**{field: path}) | Q(**{f"{field}__startswith": f"{path}."})


def subtree(path: str) -> QuerySet[Domain]:
    """The node and everything below it; empty if there is no such node."""
    return Domain.objects.filter(within(path))


def ancestors(path: str) -> list[str]:
    """The path and the paths above it, from the field down: `a.b.c` gives `a`, `a.b`, `a.b.c`."""
    parts = path.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def unknown(paths: Iterable[str]) -> list[str]:
    """Those of `paths` that the taxonomy lacks, sorted."""
    wanted = set(paths)
    known = Domain.objects.filter(path__in=wanted).values_list("path", flat=True)
    return sorted(wanted - set(known))


def called(paths: Iterable[str]) -> dict[str, str]:
    """The name of each path for people, by path; of one that the taxonomy lacks, the path itself.

    No path asks nothing of the database.
    """
    wanted = set(paths)
    known = Domain.objects.filter(path__in=wanted).values_list("path", "name") if wanted else ()
    return {path: path for path in wanted} | dict(known)


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The taxonomy for a form: each field's name with its nodes, deeper ones set off by dashes."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    names: dict[str, str] = {}
    for node in Domain.objects.order_by("path"):
        top, depth = node.path.partition(".")[0], node.path.count(".")
        names.setdefault(top, node.name)
        grouped.setdefault(top, []).append((node.path, "– " * max(0, depth - 1) + node.name))
    return [(names[top], nodes) for top, nodes in grouped.items()]


def everything() -> QuerySet[Domain]:
    """All nodes by path, parents before children."""
    return Domain.objects.order_by("path")
