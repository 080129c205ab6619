"""The taxonomy of expertise is data: `accounts/taxonomy.json`, from path to name."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import Domain
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, invalid

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

    Nodes are never removed: profiles, credentials and projects hang on them.
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
