"""One-time passwords as an authenticator app makes them (RFC 6238 over RFC 4226)."""

import base64
import hashlib
import hmac
import time

PERIOD = 30
DIGITS = 6


def code(secret: str, at: float | None = None) -> str:
    """The six digits of `secret` (base32) at a moment in seconds since 1970; now by default.

    >>> code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", at=59)  # RFC 6238, appendix B, last six digits
    '287082'
    """
    counter = int(time.time() if at is None else at) // PERIOD
    key = base64.b32decode(secret.replace(" ", "").upper())
    digest = hmac.new(key, counter.to_bytes(8, "big"), hashlib.sha1).digest()
    place = digest[-1] & 0x0F
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"
