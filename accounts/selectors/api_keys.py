"""How a key that a program shows is found again, in one query."""

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass

from accounts.models import ApiKey
from marketplace.core.expressions import Now

_NOBODY = "0" * 64


@dataclass(frozen=True, slots=True)
class Found:
    """A key and the database's present moment, by which it may have expired."""

    key: ApiKey
    at: dt.datetime


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal: the secret holds 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find(token: str) -> Found | None:
    """The key of `mk_<prefix>_<secret>`, revoked and expired ones too; None for any other text.

    The digest is compared in constant time, also when no key has the prefix.
    """
    mark, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != "mk" or not prefix or not secret or not token.isascii():
        return None
    row = ApiKey.objects.annotate(looked_up_at=Now()).filter(prefix=prefix)
    key = row.first()
    same = hmac.compare_digest(digest(secret), key.digest if key else _NOBODY)
    return Found(key, vars(key)["looked_up_at"]) if key and same else None
