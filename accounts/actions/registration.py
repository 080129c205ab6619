"""Annotators: who they are, where they are, what they know. Every change may change eligibility."""

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from accounts.models import AnnotatorProfile, Domain, User
from accounts.selectors import domains as taxonomy
from accounts.selectors import iso
from marketplace.core import audit, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid

MAX_LANGUAGES = 10
MAX_DOMAINS = 20
MAX_LINKS = 10
_LINK_LENGTH = 300
_NAME_LENGTH = 120
_BIO_LENGTH = 4000


def save_profile(
    *,
    user_id: uuid.UUID,
    name: str,
    country: str,
    languages: Sequence[str],
    time_zone: str,
    domains: Sequence[str],
    by: Actor,
    bio: str = "",
    links: Sequence[str] = (),
) -> AnnotatorProfile:
    """Make or change the annotator profile of a person; the person themselves, or staff.

    Refuses, all faults at once: a country outside ISO 3166-1, languages outside ISO 639-1, an
    unknown time zone or domain, a link that is neither http nor https, and what is too long.
    """
    _own(user_id, by)
    faults = check(
        name=name, country=country, languages=languages, time_zone=time_zone, domains=domains,
        bio=bio, links=links,
    )  # fmt: skip
    if faults:
        raise invalid("The profile cannot be saved as it is.", faults)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
        if user is None:
            raise NotFound("person")
        user.name, user.time_zone = name.strip(), time_zone
        user.save(update_fields=["name", "time_zone"])
        profile = AnnotatorProfile.objects.select_for_update(no_key=True).filter(user=user).first()
        made = profile is None
        profile = profile or AnnotatorProfile(user=user)
        before = None if made else _eligibility(profile)
        profile.country, profile.languages = country, list(dict.fromkeys(languages))
        profile.bio, profile.links = bio.strip(), list(dict.fromkeys(links))
        profile.save(force_insert=made)
        profile.domains.set(Domain.objects.filter(path__in=domains))
        after = _eligibility(profile)
        audit.record("create_annotator" if made else "change_annotator", profile, by=by, **after)
        if before != after:
            outbox.emit("accounts.annotator_changed", annotator_id=str(profile.pk))
    return profile


def introduce(*, user_id: uuid.UUID, name: str, by: Actor) -> None:
    """A person says what they are called, at sign-up; no profile is made."""
    _own(user_id, by)
    if detail := _length(name.strip(), _NAME_LENGTH, least=1):
        raise invalid("The name cannot be kept.", [Fault("/name", detail)])
    with transaction.atomic():
        User.objects.filter(pk=user_id).update(name=name.strip())
        audit.record("introduce", f"user:{user_id}", by=by)


def check(
    *,
    name: str,
    country: str,
    languages: Sequence[str],
    time_zone: str,
    domains: Sequence[str],
    bio: str = "",
    links: Sequence[str] = (),
) -> list[Fault]:
    """Everything that is wrong with a profile, with its field; empty if it may be saved."""
    found = [
        ("name", _length(name.strip(), _NAME_LENGTH, least=1)),
        ("country", "" if country in iso.COUNTRIES else "A two-letter ISO 3166-1 code."),
        ("languages", _languages(languages)),
        ("time_zone", "" if iso.is_zone(time_zone) else "There is no such time zone."),
        ("domains", _domains(domains)),
        ("bio", _length(bio.strip(), _BIO_LENGTH)),
        ("links", _links(links)),
    ]
    return [Fault(f"/{field}", detail) for field, detail in found if detail]


def _own(user_id: uuid.UUID, by: Actor) -> None:
    """A person changes their own profile only; to others it does not exist."""
    if by.kind is ActorKind.USER and by.id == str(user_id):
        return
    if by.kind in (ActorKind.STAFF, ActorKind.COMMAND):
        return
    if by.kind is ActorKind.API_KEY:
        raise Refused("people_only", "A profile belongs to a person.", status=403)
    raise NotFound("person")


def _eligibility(profile: AnnotatorProfile) -> dict[str, Any]:
    """What matching looks at."""
    return {
        "country": profile.country,
        "languages": sorted(profile.languages),
        "domains": sorted(profile.domains.values_list("path", flat=True)),
    }


def _length(text: str, most: int, least: int = 0) -> str:
    return "" if least <= len(text) <= most else f"{least} to {most} characters."


def _languages(codes: Sequence[str]) -> str:
    unknown = sorted(set(codes) - set(iso.LANGUAGES))
    if unknown:
        return f"Two-letter ISO 639-1 codes; not known: {', '.join(unknown)}."
    return "" if 1 <= len(codes) <= MAX_LANGUAGES else f"1 to {MAX_LANGUAGES} languages."


def _domains(paths: Sequence[str]) -> str:
    if not 1 <= len(paths) <= MAX_DOMAINS:
        return f"1 to {MAX_DOMAINS} domains."
    unknown = taxonomy.unknown(paths)
    return f"No such domain: {', '.join(unknown)}." if unknown else ""


def _links(links: Sequence[str]) -> str:
    if len(links) > MAX_LINKS:
        return f"At most {MAX_LINKS} links."
    bad = [link for link in links if not is_web_address(link)]
    return f"Only http and https addresses of at most {_LINK_LENGTH} characters." if bad else ""


def is_web_address(link: str) -> bool:
    """An http or https address with a host, no user name, no space or control character in it."""
    try:
        parts = urlsplit(link)
        host, user = parts.hostname, parts.username
    except ValueError:
        return False
    plain = link.isprintable() and " " not in link and len(link) <= _LINK_LENGTH
    return plain and parts.scheme in ("http", "https") and bool(host) and user is None
