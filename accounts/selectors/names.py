"""Who an actor's key or an owner's key names, for people; any number of them in four queries."""

import uuid
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from accounts.models import AnnotatorProfile, ApiKey, Organization, User

PEOPLE = ("staff", "user")


def of(keys: Iterable[str]) -> dict[str, str]:
    """A name for each key: `staff:<id>`, `user:<id>`, `api_key:<id>`, `org:<id>`,
    `annotator:<id>`, `job:<name>`, `stripe:<event>`, `command:<name>`.

    A key that names nobody we know stays as it is.
    """
    found = {key: key for key in keys if key}
    ids = _ids(found)
    people = User.objects.in_bulk(ids["staff"] | ids["user"]) if ids["staff"] | ids["user"] else {}
    programs = ApiKey.objects.in_bulk(ids["api_key"]) if ids["api_key"] else {}
    clients = Organization.objects.in_bulk(ids["org"]) if ids["org"] else {}
    annotators = AnnotatorProfile.objects.select_related("user").filter(pk__in=ids["annotator"])
    experts = {row.pk: row for row in annotators} if ids["annotator"] else {}
    known: dict[str, Mapping[uuid.UUID, object]] = {"org": clients, "annotator": experts}
    for key in found:
        kind, _colon, rest = key.partition(":")
        if kind in PEOPLE and (person := people.get(_uuid(rest))):
            found[key] = str(person)
        elif kind == "api_key" and (program := programs.get(_uuid(rest))):
            found[key] = _("key %s") % program.name
        elif kind in known and (row := known[kind].get(_uuid(rest))):
            found[key] = str(row)
        elif kind == "job":
            found[key] = _("by itself (%s)") % rest
        elif kind == "stripe":
            found[key] = _("an event of Stripe's")
        elif kind == "command":
            found[key] = _("an operator (%s)") % rest
    return found


def _ids(keys: Iterable[str]) -> dict[str, set[uuid.UUID]]:
    found: dict[str, set[uuid.UUID]] = {
        kind: set() for kind in (*PEOPLE, "api_key", "org", "annotator")
    }
    for key in keys:
        kind, _colon, rest = key.partition(":")
        if kind in found:
            found[kind].add(_uuid(rest))
    return found


def _uuid(text: str) -> uuid.UUID:
    """The id; the nil UUID, which nobody has, for what is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
