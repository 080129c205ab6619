"""People, clients and experts for tests: plain functions, each call makes new rows."""

import datetime as dt
import itertools
import uuid
from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.actions import adverse, api_keys, lists, ndas, pauses, qualifications, suspension
from accounts.models import (
    AnnotatorProfile,
    ApiKey,
    Credential,
    Domain,
    Membership,
    Nda,
    Organization,
    Pause,
    Qualification,
    User,
)
from accounts.selectors import actors
from accounts.states import AdverseKind, CredentialKind, CredentialState, Role, Scope
from marketplace.core import clock
from marketplace.core.actors import Actor, command
from marketplace.core.ids import new_id
from marketplace.core.models import StoredFile

_count = itertools.count(1)
PASSWORD = "correct horse battery"


def user(email: str = "", name: str = "", password: str = PASSWORD, **fields: object) -> User:
    """Somebody with a verified address, who signs in with PASSWORD."""
    number = next(_count)
    person = User.objects.create_user(
        email or f"person{number}@example.test", password, name=name or f"Person {number}", **fields
    )
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    return person


def staff(**fields: object) -> User:
    """A member of staff with every permission of the admin; no second factor yet."""
    return user(**{"is_staff": True, "is_superuser": True, **fields})


def organization(name: str = "", owner: User | None = None) -> Organization:
    """A client; its owner is `owner` or somebody new."""
    client = Organization.objects.create(name=name or f"Client {next(_count)}")
    member(client, owner or user(), Role.OWNER)
    return client


def member(client: Organization, person: User | None = None, role: str = Role.VIEWER) -> User:
    """Somebody with a role in `client`."""
    person = person or user()
    Membership.objects.create(organization=client, user=person, role=role)
    return person


def owner_of(client: Organization) -> Actor:
    """The first owner of `client`, as an actor."""
    found = client.memberships.filter(role=Role.OWNER).order_by("created_at", "id")[0]
    return actors.of_user(found.user)


def api_key(
    client: Organization | None = None,
    name: str = "program",
    scopes: Sequence[str] = tuple(Scope.values),
    expires_at: dt.datetime | None = None,
) -> tuple[ApiKey, str]:
    """A key with all scopes, and the token that a program shows."""
    client = client or organization()
    return api_keys.issue(
        organization_id=client.pk,
        name=name,
        scopes=scopes,
        by=owner_of(client),
        expires_at=expires_at,
    )


def annotator(
    person: User | None = None,
    domains: Sequence[str] = ("engineering.software",),
    country: str = "DE",
    languages: Sequence[str] = ("en",),
    **fields: object,
) -> AnnotatorProfile:
    """An active annotator; the domains exist in the taxonomy."""
    profile = AnnotatorProfile.objects.create(
        user=person or user(), country=country, languages=list(languages), **fields
    )
    found = Domain.objects.filter(path__in=domains)
    assert len(found) == len(set(domains)), "unknown domain"
    profile.domains.set(found)
    return profile


def stored_file(owner: Actor, purpose: str = "credential") -> StoredFile:
    """The row of an uploaded file; nothing lies in the storage."""
    return StoredFile.objects.create(
        owner=owner.key,
        purpose=purpose,
        name="evidence.pdf",
        content_type="application/pdf",
        size=9,
        sha256="0" * 64,
        path=f"test/{uuid.uuid4()}",
    )


def credential(
    of: AnnotatorProfile | None = None, domain: str = "engineering.software", **fields: object
) -> Credential:
    """A claimed degree; `fields` set other columns."""
    return Credential.objects.create(
        **{
            "annotator": of or annotator(domains=[domain]),
            "domain_id": domain,
            "kind": CredentialKind.DEGREE,
            "title": "MSc Computer Science",
            "issuer": "Technical University",
            **fields,
        }
    )


def verified_credential(
    of: AnnotatorProfile | None = None,
    domain: str = "engineering.software",
    expires_on: dt.date | None = None,
    **fields: object,
) -> Credential:
    """A degree that staff have verified."""
    return credential(
        of,
        domain,
        state=CredentialState.VERIFIED,
        decided_by=fields.pop("decided_by", None) or staff(),
        decided_at=clock.now(),
        expires_on=expires_on,
        **fields,
    )


def qualification(name: str = "", **fields: object) -> Qualification:
    """A kind of qualification of ours."""
    return Qualification.objects.create(name=name or f"Qualification {next(_count)}", **fields)


def nda(client: Organization | None = None, text: str = "Keep it **secret**.") -> Nda:
    """The next version of a client's agreement."""
    client = client or organization()
    number = next(_count)
    return ndas.publish(
        organization_id=client.pk, title=f"Agreement {number}", text=text, by=owner_of(client)
    )


def suspended(of: AnnotatorProfile) -> AnnotatorProfile:
    """Removed from the platform by us."""
    return suspension.suspend(annotator_id=of.pk, reason="Away.", by=command("tests"))


def against(of: AnnotatorProfile | uuid.UUID, kind: AdverseKind, subject: str) -> None:
    """The act without which PostgreSQL refuses what tests do to `of` behind our verbs' back."""
    row = of if isinstance(of, AnnotatorProfile) else AnnotatorProfile.objects.get(pk=of)
    adverse.record(
        annotator=row,
        kind=kind,
        subject=subject,
        rule="pause.test",
        text="Test.",
        evidence=[subject],
        by=command("tests"),
    )


@transaction.atomic
def removed(of: AnnotatorProfile) -> None:
    """Suspended behind our verbs' back: nobody is told."""
    against(of, AdverseKind.REMOVAL, f"annotator:{of.pk}")
    AnnotatorProfile.objects.filter(pk=of.pk).update(state="suspended")


@transaction.atomic
def paused(of: AnnotatorProfile | uuid.UUID, reason: str = "A break", **fields: object) -> Pause:
    """A pause of any kind, made behind our verbs' back: nobody is told."""
    pk = new_id()
    against(of, AdverseKind.PAUSE, f"pause:{pk}")
    who = of.pk if isinstance(of, AnnotatorProfile) else of
    return Pause.objects.create(pk=pk, annotator_id=who, reason=reason, made_by="staff:x", **fields)


def standing(of: AnnotatorProfile) -> Nda:
    """A grant, a pause elsewhere, and an agreement that a client asks the annotator to sign."""
    by = actors.of_staff(staff())
    qualifications.grant(
        qualification_id=qualification().pk, annotator_id=of.pk, reason="Passed.", by=by
    )
    pauses.pause(annotator_id=of.pk, domain="law", reason="No law for now.", by=by)
    asked = nda(text="# Secrets\n\n1. Keep them.\n2. For *ever*.")
    lists.put(
        organization_id=asked.organization_id,
        annotator_id=of.pk,
        kind="allow",
        reason="Asked for.",
        by=by,
    )
    return asked
