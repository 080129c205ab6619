"""API keys: only test keys are let in, and a live key is never written down or repeated in full."""

import base64
import binascii
from typing import Final

from payments.devstripe.errors import ApiError

PREFIXES: Final = ("sk_test_", "rk_test_")
KINDS: Final = ("sk_live_", "rk_live_", "pk_live_", "pk_test_")
LONG_ENOUGH: Final = 12
"""Of a shorter key, four characters would be too much."""
MISSING: Final = (
    "You did not provide an API key. You need to provide your API key in the Authorization "
    "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
)


def check(header: str | None, *, v2: bool) -> None:
    """Refuse with 401 unless the request bears a secret or restricted test key."""
    key = read_key(header or "")
    if not key:
        raise refused(MISSING, v2=v2)
    if not key.startswith(PREFIXES):
        raise refused(f"Invalid API Key provided: {masked(key)}", v2=v2)


def read_key(header: str) -> str:
    """The key of a Bearer or Basic header, empty where there is none."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def masked(key: str) -> str:
    """The key with all but its kind and its last four characters starred out."""
    kind = next((start for start in KINDS if key.startswith(start)), "")
    shown = key[-4:] if len(key) - len(kind) >= LONG_ENOUGH else ""
    return f"{kind}{'*' * 12}{shown}"


def refused(message: str, *, v2: bool) -> ApiError:
    """401 in the shape of the API version."""
    error = {"message": message, "type": "invalid_request_error"}
    if v2:
        error["code"] = "invalid_api_key"
    return ApiError(401, error, kept=False)


def no_access(account: str, *, v2: bool) -> ApiError:
    """403: the header names an account that is unknown, closed or not ours."""
    message = (
        f"The provided key does not have access to account '{account}' (or that account does not "
        "exist). Application access may have been revoked."
    )
    error = {"code": "account_invalid", "message": message, "type": "invalid_request_error"}
    if v2:
        error["code"] = "account_not_accessible"
    return ApiError(403, error, kept=False)
