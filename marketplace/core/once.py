"""A form that is sent twice does its work once: the second sending is told what the first one did.

The page gives each form a key. It is kept in the transaction of the form's own writes, in the table
of the API's keys, and swept with them after 30 days.
"""

from collections.abc import Callable

from django.db import transaction

from marketplace.core.errors import Refused
from marketplace.core.models import IdempotencyKey


@transaction.atomic
def once(*, scope: str, key: str, mark: str, call: Callable[[], str]) -> str:
    """What `call` says, done at most once for `key` of `scope`; a second sending is told the same.

    `mark` is the form's content: the same key with another content is refused (`form_sent`), and
    nothing is done. Of two sendings at once the second waits for the end of the first, since the
    key is unique. What `call` refuses takes the key back too: the form can be mended and sent.
    """
    row, first = IdempotencyKey.objects.get_or_create(
        scope=scope,
        key=key,
        defaults={"fingerprint": mark, "status": 200, "content_type": "text/plain", "body": b""},
    )
    if first:
        row.body = call().encode()
        row.save(update_fields=["body"])
    elif row.fingerprint != mark:
        raise Refused(
            "form_sent",
            "This form was sent already, with other entries: that was done. What it says now was "
            "not. If you want it as well, send it again.",
        )
    return bytes(row.body).decode()
