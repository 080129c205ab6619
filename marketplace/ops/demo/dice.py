"""Chance that can be repeated: every draw hangs on the seed and on what is drawn, not on order.

Experts answer from many threads at once. Were there one generator for all, the answers would
depend on which thread came first; so each decision gets a generator of its own.
"""

import random


def dice(*parts: object) -> random.Random:
    """A generator named by `parts`, for example `dice(seed, "answer", email, external_id)`.

    A string seed is hashed with SHA-512 by Python itself, so the draws are the same in every
    process and on every machine.
    """
    return random.Random("\x1f".join(map(str, parts)))  # noqa: S311 (a simulation, no secret)
