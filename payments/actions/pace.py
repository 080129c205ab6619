"""The token bucket of calls to Stripe: so many a second over all workers, and no more.

Stripe allows 25 requests a second and endpoint by default, 100 in all
(https://docs.stripe.com/rate-limits). The bucket holds one second's worth, so that at most twice
the rate goes out in any one second. It counts by the real clock, which demos and drills cannot
move.
"""

from django.db import connection

_TAKE = """
INSERT INTO payments_pace AS pace (name, tokens, taken_at)
VALUES (%(name)s, %(rate)s - 1, clock_timestamp())
    ON CONFLICT (name) DO UPDATE
   SET tokens = least(%(rate)s, pace.tokens
                      + %(rate)s * extract(epoch FROM clock_timestamp() - pace.taken_at)) - 1,
       taken_at = clock_timestamp()
 WHERE least(%(rate)s, pace.tokens
             + %(rate)s * extract(epoch FROM clock_timestamp() - pace.taken_at)) >= 1
"""


def allows(name: str, per_second: float) -> bool:
    """Take a token of this bucket; False while it is empty: then leave the work for later.

    A rate of less than one counts as one. Not inside a transaction, whose lock
    would hold up everybody.
    """
    if connection.in_atomic_block:
        raise RuntimeError("A token is taken outside of transactions: all workers share the row.")
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"name": name, "rate": max(per_second, 1.0)})
        return bool(cursor.rowcount == 1)
