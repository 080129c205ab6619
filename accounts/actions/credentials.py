"""Credentials: claimed by the annotator with evidence, verified or refused by staff, expiring."""

import datetime as dt
import uuid
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import notices
from accounts.models import AnnotatorProfile, Credential
from accounts.selectors import credentials as reads
from accounts.selectors import domains as taxonomy
from accounts.states import CREDENTIAL_MOVES, CredentialKind, CredentialState
from marketplace.core import audit, clock, files, outbox, states
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid

MAX_WAITING = 20
SWEPT_AT_ONCE = 200
_LENGTHS = {"title": 160, "issuer": 160, "number": 80}
_PAGE = "/credentials/"


def claim(
    *,
    annotator_id: uuid.UUID,
    domain: str,
    kind: str,
    title: str,
    issuer: str,
    by: Actor,
    number: str = "",
    issued_on: dt.date | None = None,
    expires_on: dt.date | None = None,
    evidence: "UploadedFile[Any] | None" = None,
) -> Credential:
    """Say that one holds a licence, degree, post or certificate; staff will look at the evidence.

    Refuses, all faults at once: unknown domains and kinds, empty or overlong texts, dates that
    cannot be, and a person's claim without evidence (staff may enter one without). At most
    MAX_WAITING claims of one annotator wait at a time.
    """
    faults = check(
        domain=domain, kind=kind, title=title, issuer=issuer, number=number, issued_on=issued_on,
        expires_on=expires_on,
    )  # fmt: skip
    if evidence is None and by.kind is not ActorKind.STAFF:
        faults.append(Fault("/evidence", "Add a scan or photograph: PDF, PNG or JPEG."))
    if faults:
        raise invalid("The credential cannot be claimed as it is.", faults)
    with transaction.atomic():
        annotator = _annotator(annotator_id, by)
        waiting = annotator.credentials.filter(state=CredentialState.CLAIMED).count()
        if waiting >= MAX_WAITING:
            raise Refused("too_many_waiting", f"{waiting} claims wait already: withdraw one first.")
        audit.context("claim_credential", by=by)
        stored = files.store(evidence, purpose="credential", by=by) if evidence else None
        row = Credential.objects.create(
            annotator=annotator,
            domain_id=domain,
            kind=kind,
            title=title.strip(),
            issuer=issuer.strip(),
            number=number.strip(),
            issued_on=issued_on,
            expires_on=expires_on,
            evidence=stored,
        )
        audit.record("claim_credential", row, by=by, domain=domain, kind=kind)
    return row


def verify(
    *, credential_id: uuid.UUID, by: Actor, reason: str = "", expires_on: dt.date | None = None
) -> Credential:
    """Staff found the claim true. `expires_on` (UTC, its last day) replaces the claimed one."""
    with transaction.atomic():
        row = _to_decide(credential_id, by)
        last = expires_on or row.expires_on
        today = clock.now().date()
        if last is not None and last < today:
            raise invalid("It has expired.", [Fault("/expires_on", f"Today is {today} (UTC).")])
        audit.context("verify_credential", by=by)
        states.move(
            row, CredentialState.VERIFIED, CREDENTIAL_MOVES, expires_on=last, **_decided(reason, by)
        )
        _told(row, "verify_credential", _("Your credential “%(title)s” was verified."), reason, by)
    return row


def refuse(*, credential_id: uuid.UUID, reason: str, by: Actor) -> Credential:
    """Staff found the claim wrong or unproved, and say why; a verified one is taken back."""
    if not reason.strip():
        raise invalid("Say why.", [Fault("/reason", "The annotator reads this.")])
    with transaction.atomic():
        row = _to_decide(credential_id, by)
        audit.context("refuse_credential", by=by)
        states.move(row, CredentialState.REFUSED, CREDENTIAL_MOVES, **_decided(reason, by))
        text = _("Your credential “%(title)s” was refused: %(reason)s")
        _told(row, "refuse_credential", text, reason, by)
    return row


def withdraw(*, credential_id: uuid.UUID, by: Actor) -> Credential:
    """The annotator takes a claimed or verified credential back."""
    with transaction.atomic():
        row = _locked(credential_id, by)
        audit.context("withdraw_credential", by=by)
        states.move(row, CredentialState.WITHDRAWN, CREDENTIAL_MOVES)
        audit.record("withdraw_credential", row, by=by)
        outbox.emit("accounts.annotator_changed", annotator_id=str(row.annotator_id))
    return row


def expire_past(*, by: Actor) -> int:
    """End verified credentials whose last day (UTC) is over, up to SWEPT_AT_ONCE; returns how many.

    Reads never count them in the meantime (`selectors.credentials.valid`); this tells people.
    """
    with transaction.atomic():
        rows = reads.past().select_related("annotator").order_by("expires_on", "id")
        locked = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
        audit.context("expire_credential", by=by)
        found = list(locked[:SWEPT_AT_ONCE])
        for row in found:
            states.move(row, CredentialState.EXPIRED, CREDENTIAL_MOVES)
            text = _("Your credential “%(title)s” has expired: claim it anew if it was renewed.")
            _told(row, "expire_credential", text, "", by)
    return len(found)


def check(
    *,
    domain: str,
    kind: str,
    title: str,
    issuer: str,
    number: str = "",
    issued_on: dt.date | None = None,
    expires_on: dt.date | None = None,
) -> list[Fault]:
    """Everything that is wrong with a claim, with its field; empty if it may be made."""
    texts = {"title": title.strip(), "issuer": issuer.strip(), "number": number.strip()}
    faults = [
        Fault(f"/{name}", f"1 to {_LENGTHS[name]} characters.")
        for name, text in texts.items()
        if len(text) > _LENGTHS[name] or (name != "number" and not text)
    ]
    if kind not in CredentialKind.values:
        faults.append(Fault("/kind", f"One of {', '.join(CredentialKind.values)}."))
    if taxonomy.unknown([domain]):
        faults.append(Fault("/domain", f"No such domain: {domain}."))
    today = clock.now().date()
    if issued_on and issued_on > today:
        faults.append(Fault("/issued_on", "This day has not come yet."))
    if expires_on and (expires_on < today or (issued_on and expires_on < issued_on)):
        faults.append(Fault("/expires_on", "It would never be valid."))
    return faults


def _annotator(annotator_id: uuid.UUID, by: Actor) -> AnnotatorProfile:
    """The profile under its lock, so that claims are counted right."""
    rows = AnnotatorProfile.objects.visible_to(by).select_for_update(no_key=True)
    row = rows.filter(pk=annotator_id).first()
    if row is None:
        raise NotFound("annotator")
    return row


def _locked(credential_id: uuid.UUID, by: Actor) -> Credential:
    rows = Credential.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    row = rows.select_related("annotator").filter(pk=credential_id).first()
    if row is None:
        raise NotFound("credential")
    return row


def _to_decide(credential_id: uuid.UUID, by: Actor) -> Credential:
    """Staff decide, and never about themselves."""
    if by.kind is not ActorKind.STAFF:
        raise Refused("staff_only", "This is for staff only.", status=403)
    row = _locked(credential_id, by)
    if str(row.annotator.user_id) == by.id:
        raise Refused("own_credential", "Nobody decides about their own credential.", status=403)
    return row


def _decided(reason: str, by: Actor) -> dict[str, Any]:
    return {"reason": reason.strip(), "decided_by_id": uuid.UUID(by.id), "decided_at": clock.now()}


def _told(row: Credential, verb: str, text: str, reason: str, by: Actor) -> None:
    """Audit, event and notice of what happened to a credential."""
    audit.record(verb, row, by=by, reason=reason.strip(), domain=row.domain_id)
    outbox.emit("accounts.annotator_changed", annotator_id=str(row.annotator_id))
    words = {"title": row.title, "reason": reason.strip()}
    notices.notify(user_id=row.annotator.user_id, kind=verb, text=text % words, link=_PAGE)
