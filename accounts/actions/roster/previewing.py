"""What a roster would do, row by row; nothing but the preview itself is written."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounts.actions import credentials, registration
from accounts.actions.roster import reading
from accounts.models import AnnotatorProfile, Credential, RosterImport, User
from accounts.states import CredentialKind
from marketplace.core import audit
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, Refused

_FIRST_ROW = 2  # as a spreadsheet counts: the header is row 1


def preview(*, file_name: str, content: bytes, by: Actor) -> RosterImport:
    """Read the file and keep what each row would do: `create`, `complete` or `nothing` for the
    person, and whether a credential would be claimed; rows with problems would be left out.
    """
    staff_only(by)
    rows, problems, seen = [], [], set()
    for number, (cells, neutralised) in enumerate(reading.read(content), start=_FIRST_ROW):
        row = _values(cells) | {"row": number, "neutralised": neutralised}
        faults = _faults(row, cells)
        if row["email"] in seen:
            faults.append(Fault("/email", "An earlier row has this address."))
        seen.add(row["email"])
        problems += [{"row": number, "field": f.pointer[1:], "detail": f.detail} for f in faults]
        rows.append(row | {"does": "problem" if faults else outcome(row)})
    with transaction.atomic():
        roster = RosterImport.objects.create(
            file_name=file_name[:200],
            rows=rows,
            problems=problems,
            created_by_id=uuid.UUID(by.id),
        )
        audit.record(
            "preview_roster",
            roster,
            by=by,
            rows=len(rows),
            problems=len({p["row"] for p in problems}),
        )
    return roster


def staff_only(by: Actor) -> None:
    """Rosters are the staff's business."""
    if by.kind is not ActorKind.STAFF:
        raise Refused("staff_only", "This is for staff only.", status=403)


def outcome(row: dict[str, Any]) -> str:
    """What applying the row would do for the person, as things stand now.

    `create` an account and its profile, `complete` an account with a profile, `claim` a further
    credential for an annotator whose profile stays as it is, or `nothing`.
    """
    user = User.objects.filter(email=row["email"]).first()
    if user is None:
        return "create"
    profile = AnnotatorProfile.objects.filter(user=user).first()
    if profile is None:
        return "complete"
    return "claim" if row["credential"] and not has_claim(profile, row["credential"]) else "nothing"


def has_claim(profile: AnnotatorProfile, claim: dict[str, str]) -> bool:
    """Whether the annotator has made this claim before, whatever became of it."""
    return Credential.objects.filter(
        annotator=profile,
        domain_id=claim["domain"],
        kind=claim["kind"],
        title=claim["title"],
        issuer=claim["issuer"],
    ).exists()


def _values(cells: dict[str, str]) -> dict[str, Any]:
    """The row as the actions take it."""
    domains = reading.words(cells["domains"])
    claim = {
        name: cells[f"credential_{name}"]
        for name in ("kind", "title", "issuer", "number", "domain")
    }
    if any(claim.values()):
        claim["kind"] = claim["kind"].lower() or CredentialKind.DEGREE
        claim["domain"] = claim["domain"] or next(iter(domains), "")
    return {
        "email": cells["email"].lower(),
        "profile": {
            "name": cells["name"],
            "country": cells["country"].upper(),
            "languages": [code.lower() for code in reading.words(cells["languages"])],
            "time_zone": cells["time_zone"] or "UTC",
            "domains": domains,
            "bio": cells["bio"],
            "links": reading.words(cells["links"]),
        },
        "credential": claim if any(claim.values()) else None,
    }


def _faults(row: dict[str, Any], cells: dict[str, str]) -> list[Fault]:
    faults = registration.check(**row["profile"])
    try:
        validate_email(row["email"])
    except ValidationError:
        faults.append(Fault("/email", "This is not an e-mail address."))
    if row["credential"]:
        claim = credentials.check(**row["credential"])
        faults += [Fault(f"/credential_{f.pointer[1:]}", f.detail) for f in claim]
    if "surplus" in cells:
        faults.append(Fault("/", "The row has more cells than the first row has columns."))
    return faults
