"""Agreements of confidentiality: a client publishes versions, annotators sign one version each."""

import uuid

from django.db import transaction

from accounts.actions import guards
from accounts.actions.organizations import locked
from accounts.models import AnnotatorProfile, Nda, NdaSignature
from accounts.states import Permission
from marketplace.core import audit, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused

TITLE = 160
TEXT = 100_000
NAME = 160


def publish(*, organization_id: uuid.UUID, title: str, text: str, by: Actor) -> Nda:
    """A new version of a client's agreement (Markdown); those that were signed stay as they are.

    By its owners and managers, its keys and staff. Refuses `unchanged` if the latest says the same,
    so that a form sent twice publishes once.
    """
    title, text = guards.text_of(title, "title", TITLE), guards.text_of(text, "text", TEXT)
    with transaction.atomic():
        organization = locked(organization_id, Permission.PROJECTS, by)
        latest = organization.ndas.order_by("-version").first()
        if latest is not None and (latest.title, latest.text) == (title, text):
            raise Refused("unchanged", f"Version {latest.version} says the same.")
        row = Nda(
            organization=organization,
            version=latest.version + 1 if latest else 1,
            title=title,
            text=text,
        )
        row.save(force_insert=True)
        audit.record("publish_nda", row, by=by, version=row.version)
        row.refresh_from_db(fields=["published_at"])
    return row


def sign(*, nda_id: uuid.UUID, name: str, by: Actor) -> NdaSignature:
    """An annotator agrees to this one version by typing their name; signing again changes nothing.

    Refuses an empty name and everybody who is no annotator. The page has checked that the
    agreement is one they may read.
    """
    name = guards.text_of(name, "name", NAME)
    if by.kind is not ActorKind.USER:
        raise Refused("people_only", "An agreement is signed by the annotator.", status=403)
    with transaction.atomic():
        annotator = _signer(by)
        nda = Nda.objects.filter(pk=nda_id).first()
        if annotator is None or nda is None:
            raise NotFound("agreement")
        signed = annotator.signatures.filter(nda=nda).first()
        if signed is not None:
            return signed
        signed = NdaSignature.objects.create(nda=nda, annotator=annotator, name=name)
        audit.record("sign_nda", nda, by=by, annotator=str(annotator.pk), version=nda.version)
        outbox.emit("accounts.annotator_changed", annotator_id=str(annotator.pk))
    return signed


def _signer(by: Actor) -> AnnotatorProfile | None:
    """The profile under its lock, so that a form sent twice signs once."""
    rows = AnnotatorProfile.objects.select_for_update(no_key=True)
    return rows.filter(user_id=by.id).first()
