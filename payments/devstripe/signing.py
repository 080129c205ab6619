"""One signed POST to a webhook endpoint.

The signature is Stripe's scheme v1 (docs.stripe.com/webhooks#verify-manually): HMAC-SHA256 of
`<unix time>.<body>` under the endpoint's secret. The time in it is the machine's own, never the
moved clock: receivers compare it with theirs.
"""

import hashlib
import hmac
import http.client
from typing import Final
from urllib.parse import urlsplit

TIMEOUT: Final = 10.0


def sign(body: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header for a body sent at that unix time."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the reply, 0 where there is none. A redirect is an answer, not followed."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
