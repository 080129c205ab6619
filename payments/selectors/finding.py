"""What staff look for in the books: a key, a number of Stripe's, a task, a client, an annotator."""

import uuid
from dataclasses import dataclass

from django.db.models import Model, Q
from django.utils.text import capfirst

from accounts.models import AnnotatorProfile, Organization
from payments.models import LedgerEntry
from payments.selectors import behind
from payments.selectors.work import work

MOST = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """One of: an entry, an owner's key, or a row (`about`, `kind:id`); `text` is for people."""

    text: str
    entry: int | None = None
    owner: str = ""
    about: str = ""
    keys: str = ""  # entries whose keys begin so


def find(text: str) -> list[Hit]:
    """What a text may mean; a key or a number means one thing, a name may mean several."""
    text = text.strip()
    if not text:
        return []
    exact = LedgerEntry.objects.filter(key=text).values_list("pk", flat=True).first()
    if exact is not None:
        return [Hit(text, entry=exact)]
    named = _of_id(text.rpartition(":")[2]) or [_row(row) for row in behind.at_stripe(text)]
    if named:
        return named
    if ":" in text and LedgerEntry.objects.filter(key__startswith=text).exists():
        return [Hit(text, keys=text)]
    return _of_name(text)


def _row(row: Model) -> Hit:
    name = str(row._meta.verbose_name)
    return Hit(f"{capfirst(name)}: {row}", about=f"{row._meta.model_name}:{row.pk}")


def _of_id(text: str) -> list[Hit]:
    try:
        row_id = uuid.UUID(text)
    except ValueError:
        return []
    clients = Organization.objects.filter(pk=row_id)
    annotators = AnnotatorProfile.objects.filter(Q(pk=row_id) | Q(user_id=row_id))
    found = [Hit(str(one), owner=f"org:{one.pk}") for one in clients]
    found += [_annotator(one) for one in annotators.select_related("user")]
    found += [_row(row) for row in behind.named(row_id)]
    holders = work().holders(row_id)
    if holders and holders[0].startswith("project:"):
        found.append(Hit(text, owner=holders[0]))
    elif holders:
        found.append(Hit(text, about=f"work:{row_id}"))
    return found


def _annotator(row: AnnotatorProfile) -> Hit:
    return Hit(f"{row} · {row.user.email}", owner=f"annotator:{row.pk}")


def _of_name(text: str) -> list[Hit]:
    clients = Organization.objects.filter(name__icontains=text).order_by("name")[:MOST]
    people = Q(user__email__icontains=text) | Q(user__name__icontains=text)
    annotators = AnnotatorProfile.objects.filter(people).select_related("user")
    found = [Hit(one.name, owner=f"org:{one.pk}") for one in clients]
    found += [_annotator(one) for one in annotators.order_by("user__email")[:MOST]]
    for thing in work().called(text, MOST):
        kind, _colon, rest = thing.key.partition(":")
        project = kind == "project"
        owner, about = (thing.key, "") if project else ("", f"work:{rest}")
        found.append(Hit(thing.text, owner=owner, about=about))
    return found


def keys_about(about: str) -> list[str] | None:
    """The keys of all entries about a row, `kind:id`; None where it names nothing."""
    kind, _colon, rest = about.partition(":")
    try:
        row_id = uuid.UUID(rest)
    except ValueError:
        return None
    if kind in {"work", "assignment", "review", "adjudication", "task", "submission"}:
        holders = work().holders(row_id)
        return behind.keys_of_holders(holders) if holders else None
    rows = [row for row in behind.named(row_id) if row._meta.model_name == kind]
    return [key for row in rows for key in behind.keys_of_row(row)] if rows else None
