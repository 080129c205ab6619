"""API keys: issued with a secret that is shown once, rotated in two slots, revoked."""

import datetime as dt
import secrets
import string
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from accounts.models import ApiKey, Organization
from accounts.selectors import permissions
from accounts.selectors.api_keys import digest
from accounts.states import SCOPE_PERMISSIONS, Permission, Scope
from marketplace.core import audit, states
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.clock import Now, after, now
from marketplace.core.errors import Fault, NotFound, Refused, invalid

_ALPHABET = string.ascii_letters + string.digits
_SECRET_LENGTH = 43  # 62 ** 43 > 2 ** 256
_PREFIX_BYTES = 6
_TOUCH_EVERY = dt.timedelta(minutes=1)
_NAME_LENGTH = 60


def issue(
    *,
    organization_id: uuid.UUID,
    name: str,
    scopes: Sequence[str],
    by: Actor,
    expires_at: dt.datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret token `mk_<prefix>_<secret>`, which is kept nowhere.

    A name has two live keys at most, so that a program moves to the new one before the old one is
    revoked. Nobody gives a key a scope that goes beyond their own permissions. Refuses unknown
    scopes, none at all, an empty name, and a third live key.
    """
    permissions.require(by, organization_id, Permission.KEYS)
    if by.kind is not ActorKind.USER:
        raise Refused("people_only", "A key is issued by a member of the organization.", status=403)
    wanted = _scopes(scopes, permissions.permitted(by, organization_id))
    name = _name(name)
    if expires_at is not None and expires_at <= now():
        raise invalid("The key would never be valid.", [Fault("/expires_at", "This is past.")])
    prefix = secrets.token_hex(_PREFIX_BYTES)
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    with transaction.atomic():
        states.lock(Organization(pk=organization_id))
        key = ApiKey(
            organization_id=organization_id,
            name=name,
            slot=_free_slot(organization_id, name),
            prefix=prefix,
            digest=digest(secret),
            scopes=wanted,
            created_by_id=uuid.UUID(by.id),
            expires_at=expires_at,
        )
        key.save(force_insert=True)
        audit.record("issue_api_key", key, by=by, name=name, scopes=wanted)
    return key, f"mk_{prefix}_{secret}"


def revoke(*, key_id: uuid.UUID, by: Actor) -> ApiKey:
    """End a key at once, for good. Revoking it again changes nothing."""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update(no_key=True).filter(pk=key_id).first()
        if key is None:
            raise NotFound("API key")
        permissions.require(by, key.organization_id, Permission.KEYS)
        if key.revoked_at is None:
            key.revoked_at = now()
            key.save(update_fields=["revoked_at"])
            audit.record("revoke_api_key", key, by=by, name=key.name)
    return key


def touch(key: ApiKey, at: dt.datetime) -> None:
    """Note that a key was used at `at`, at most once a minute; not audited, since it is no act."""
    if key.last_used_at is not None and at - key.last_used_at < _TOUCH_EVERY:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=after(-_TOUCH_EVERY))
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=Now())


def _scopes(scopes: Sequence[str], allowed: frozenset[str]) -> list[str]:
    """The scopes in their own order, each once."""
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown:
        raise invalid("Unknown scope.", [Fault("/scopes", f"Unknown: {', '.join(unknown)}.")])
    if not scopes:
        raise invalid("A key needs a scope.", [Fault("/scopes", "Choose at least one.")])
    beyond = [s for s in Scope.values if s in scopes and SCOPE_PERMISSIONS[s] not in allowed]
    if beyond:
        raise Refused(
            "scope_beyond_role",
            f"Your role does not permit a key with {', '.join(beyond)}.",
            status=403,
        )
    return [scope for scope in Scope.values if scope in scopes]


def _name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= _NAME_LENGTH:
        raise invalid("A key needs a name.", [Fault("/name", f"1 to {_NAME_LENGTH} characters.")])
    return name


def _free_slot(organization_id: uuid.UUID, name: str) -> int:
    """1 or 2; the caller holds the organization's lock. A key that expired leaves its slot."""
    taken = ApiKey.objects.filter(
        organization_id=organization_id, name=name, revoked_at__isnull=True
    )
    taken.filter(expires_at__lte=Now()).update(revoked_at=Now())
    slots = set(taken.values_list("slot", flat=True))
    free = [slot for slot in (1, 2) if slot not in slots]
    if not free:
        raise Refused(
            "two_live_keys",
            f"Two live keys are called “{name}” already: revoke one of them first.",
        )
    return free[0]
