"""Everything at once: many people, jobs and sweeps on the same few tasks, then the proof."""

import random

import pytest

from marketplace.core.models import OutboxMessage
from tests.support.races import at_once, values
from tests.tasks.test_walk import REFUSALS, Walk, books_are_right

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.concurrency,
    pytest.mark.slow,
    pytest.mark.usefixtures("audited"),
]

# What the loser of a race is told.
RACED = {"already_decided", "already_submitted", "busy", "project_not_active", "taken"}


def test_a_storm_of_everything_meets_no_deadlock_and_leaves_the_books_right():
    shared = Walk(seed=7)

    def storm(seed):
        walk = object.__new__(Walk)
        walk.__dict__.update(shared.__dict__, dice=random.Random(seed), seen=shared.seen.copy())
        walk.run(steps=40)
        return walk.seen

    outcomes = at_once(*[lambda seed=seed: storm(seed) for seed in range(10)], timeout=120)
    seen = sum(values(outcomes), start=shared.seen)
    assert sum(seen.values()) == 400
    assert set(seen) <= REFUSALS | RACED | {act.__name__ for act in Walk.ACTS}
    assert {"claim", "submit", "review", "jobs"} <= set(seen)
    assert list(OutboxMessage.objects.exclude(last_error="").values("job", "last_error")) == []
    books_are_right(shared)
