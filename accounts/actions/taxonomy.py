"""The taxonomy of expertise is data: `accounts/taxonomy.json`, from path to name."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from accounts.actions import guards
from accounts.models import Domain
from accounts.selectors.domains import subtree
from marketplace.core import audit
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid

TAXONOMY = Path(__file__).resolve().parent.parent / "taxonomy.json"


def read(source: Path = TAXONOMY) -> dict[str, str]:
    """Paths and names of the file; refuses a node whose parent is missing."""
    nodes: dict[str, str] = json.loads(source.read_text(encoding="utf-8"))
    orphans = [p for p in nodes if "." in p and p.rpartition(".")[0] not in nodes]
    if orphans:
        raise invalid("A node lacks its parent.", [Fault(f"/{p}", "No parent.") for p in orphans])
    return nodes


def load(*, by: Actor, source: Path = TAXONOMY) -> tuple[int, int]:
    """Add what is new, rename what is named otherwise: (added, renamed). Again: (0, 0).

    A node that the file leaves out stays: `remove` is another verb, since profiles, credentials and
    projects may hang on it.
    """
    nodes = read(source)
    with transaction.atomic():
        known = dict(Domain.objects.select_for_update(no_key=True).values_list("path", "name"))
        added = [Domain(path=p, name=n) for p, n in nodes.items() if p not in known]
        renamed = [Domain(path=p, name=n) for p, n in nodes.items() if known.get(p, n) != n]
        Domain.objects.bulk_create(added)
        Domain.objects.bulk_update(renamed, ["name"])
        if added or renamed:
            changed: dict[str, Any] = {"added": len(added), "renamed": len(renamed)}
            audit.record("load_taxonomy", "taxonomy:domains", by=by, **changed)
    return len(added), len(renamed)


def remove(*, path: str, by: Actor) -> None:
    """Take a node out of the taxonomy, by an administrator or an operator.

    Refuses `domain_in_use` with what uses it, by kind and number: nodes below it, annotators who
    declare it, and whatever row of whatever app points at it. A node of the file comes back with
    the next `load`.
    """
    if by.kind is not ActorKind.COMMAND:
        guards.administrators_only(by)
    with transaction.atomic():
        # FOR UPDATE, so that nothing new can point at the node before it is gone
        row = Domain.objects.select_for_update().filter(path=path).first()
        if row is None:
            raise NotFound("domain")
        used = Counter({"domains below it": subtree(path).count() - 1})
        used["annotators"] = row.annotators.count()
        audit.record("remove_domain", row, by=by, name=row.name)
        used += _removed(row)
        if used:  # the refusal takes everything back
            words = [f"{kind} ({count})" for kind, count in sorted(used.items())]
            raise Refused("domain_in_use", f"“{row.name}” is in use: {', '.join(words)}.")


def _removed(row: Domain) -> Counter[str]:
    """Delete the row, or count by kind what protects it: the database knows the upper rooms too."""
    try:
        row.delete()
    except ProtectedError as error:
        return Counter(str(one._meta.verbose_name_plural) for one in error.protected_objects)
    return Counter()
